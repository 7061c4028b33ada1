// The auditor: compares what the tiers would serve with the database. It is the last net, for what no
// invalidation reached: a table that another one replaced, a trigger that is switched off, a change that
// names the wrong key. In turn it takes
//
// * a key that was invalidated a moment ago, on any node: has every tier forgotten it?
// * a resident entry, which no write has touched: one of L1, or one that a flight read a while ago. Without
//   an L1 the latter are entries of L2.
//
// A difference alone says nothing, since a write may be under way. The auditor looks again after a pause that
// is longer than any invalidation may take. It is stale only if the tier would still serve the very same
// entry, the database gives the very same other answer twice, and the relay owes nothing. So the alarm is
// worth a page: weir_stale_observed_total, and `stale_observed` in the log with the key, never a body.
//
// What it finds it repairs: it invalidates the key on every node, and the whole resource, since the entry is
// hardly the only one. The latter at most once in `repair_gap`: the cause may last.
//
// A resource whose SQL never gives the same twice is never called stale. Resident entries of a resource that
// may differ by declaration (is_always_fresh) are not audited. One whose SQL reads another table without a
// declared change, or depends on the day, goes stale and is reported unless the file accepts that.
//
// Where the SQL of a list has no order of its own, another order of the same rows is the same answer. With an
// `order by` the order is part of the answer.
//
// One per process, a background coroutine on the control side's executor. It loads at most twice in an
// interval, and not while the control side is busy or a tier cannot be asked. Its loads take at most a tenth
// of the time: after each audit it rests for nine times as long as they took. A resource whose load it had to
// give up is left out for a while. It cannot audit what is
// invalidated by tag alone, nor keys with a hashed part that only L1 or an invalidation names: they do not
// give a resource and its values.
#pragma once

#include "weir/async/task.hpp"
#include "weir/cache/explain.hpp"
#include "weir/cache/ports.hpp"
#include "weir/cache/read_samples.hpp"
#include "weir/cache/recent_invalidations.hpp"
#include "weir/l1/l1.hpp"
#include "weir/policy/invalidation.hpp"
#include "weir/policy/parsed_key.hpp"
#include "weir/policy/policy_handle.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct auditor_options {
    milliseconds interval{500};   // between two audits
    milliseconds patience{1000};  // between the two looks of one
    milliseconds age_min{500};    // since this node learnt of the key's invalidation
    milliseconds age_max{5000};
    milliseconds resident_age_min{5000};  // since a resident entry was loaded: a younger one is not compared
    milliseconds load_timeout{1000};
    milliseconds runs_on{0};          // how long the database may work on a load that was given up
    milliseconds slow_gap{600'000};   // between two attempts at a resource whose load was given up
    milliseconds repair_gap{10'000};  // between two invalidations of one resource
};

// What an auditor looks at and asks. All outlive it.
struct audited_parts {
    const policy_handle& declared;
    recent_invalidations& recent;
    const weir::l1* l1;     // null: there is none
    read_samples* samples;  // the same
    explainer& tiers;
    loader& from;
};

// What it asks of its owner.
struct auditor_calls {
    std::function<bool()> is_busy;                       // before each load
    std::function<bool()> may_be_owed;                   // an invalidation that is known and not done yet
    std::function<awaitable<void>(touched)> invalidate;  // on every node; bounded
};

enum class audit_outcome {
    fresh,     // whatever is held agrees with the database
    absent,    // no tier holds anything
    changing,  // a difference that did not last
    stale,
    skipped,  // busy, out of reach, or a key that cannot be read back
};

class auditor {
 public:
    auditor(const boost::asio::any_io_executor& executor, auditor_options options, audited_parts parts,
            auditor_calls calls, prometheus::Registry& registry);

    awaitable<void> run();
    void stop() { pause_.stop(); }

    // Audits one key. Pauses if there is a difference.
    awaitable<audit_outcome> audit(std::string key);

    // Audits one resident entry. Returns nullopt if there is none.
    awaitable<std::optional<audit_outcome>> audit_resident();

 private:
    struct holding {
        std::string_view tier;
        entry_ptr content;
    };
    using holdings = std::vector<holding>;

    // The key to compare, and the policy that its resource is part of.
    struct subject {
        policy_ptr snapshot;
        const resource* what = nullptr;
        std::vector<std::string> values;
        std::string key;
    };

    static constexpr std::size_t outcomes = 5;
    using counters = std::array<prometheus::Counter*, outcomes>;

    static counters counters_of(prometheus::Family<prometheus::Counter>& audits, const char* of);
    static holdings held_by(const explanation& now);
    static std::optional<subject> subject_of(policy_ptr snapshot, std::string_view key);
    bool may_audit(const policy& p, const resource& what) const;

    awaitable<void> audit_recent();
    awaitable<audit_outcome> compare(subject about, milliseconds age_min);
    std::optional<subject> next_resident();
    std::optional<subject> resident_of_l1(const policy_ptr& snapshot);
    std::optional<subject> resident_of_samples(const policy_ptr& snapshot);
    awaitable<result<load_result>> load(const subject& about);
    milliseconds rest();
    bool is_slow(const resource& what) const;
    void note_slow(const resource& what);
    void report(const subject& about, const holding& stale);
    awaitable<void> repair(const subject& about);

    pause pause_;
    auditor_options options_;
    audited_parts parts_;
    auditor_calls calls_;
    prometheus::Family<prometheus::Counter>& stale_;
    prometheus::Family<prometheus::Counter>& audits_;
    const counters recent_audits_;                    // by outcome
    const counters resident_audits_;                  // the same
    std::map<std::string, std::uint64_t> last_turn_;  // of a resource, when an entry of it was taken from L1
    std::uint64_t turn_ = 0;
    steady_clock::duration spent_{};                            // on loads since the last rest
    std::map<std::string, steady_clock::time_point> slow_;      // when a load of each resource was given up
    std::map<std::string, steady_clock::time_point> repaired_;  // when each resource was invalidated last
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir
