// The auditor: checks that no tier serves what a write has replaced. About once a second it takes a key that
// was invalidated a moment ago, on any node. It compares what L1 and L2 would serve with the database.
//
// A difference alone says nothing, since a write may be under way. The auditor looks again after a pause that
// is longer than any invalidation may take. It is stale only if the tier would still serve the very same
// entry, and the database still gives the very same other answer. So the alarm is worth a page:
// weir_stale_observed_total, and `stale_observed` in the log with the key, never a body.
//
// A resource whose SQL has a `volatile` outcome, such as the time of day, never gives the same twice and is
// never called stale. One whose SQL reads a table without a declared change goes stale, and is reported.
//
// One per process, a background coroutine on the control side's executor. It loads at most once a second, and
// not while the control side is busy or a tier cannot be asked. It cannot audit keys with a hashed part, nor
// what is invalidated by tag alone: neither gives a resource and its values.
#pragma once

#include "weir/async/task.hpp"
#include "weir/cache/explain.hpp"
#include "weir/cache/ports.hpp"
#include "weir/cache/recent_invalidations.hpp"
#include "weir/policy/policy_handle.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct auditor_options {
    milliseconds interval{1000};  // between two audits, and between the two looks of one
    milliseconds age_min{500};    // since this node learnt of the key's invalidation
    milliseconds age_max{5000};
    milliseconds load_timeout{1000};
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
    // Calls `is_busy` before each load. All outlive it.
    auditor(const boost::asio::any_io_executor& executor, auditor_options options,
            const policy_handle& declared, recent_invalidations& recent, explainer& tiers, loader& from,
            std::function<bool()> is_busy, prometheus::Registry& registry);

    awaitable<void> run();
    void stop() { pause_.stop(); }

    // Audits one key. Pauses if there is a difference.
    awaitable<audit_outcome> audit(std::string key);

 private:
    struct holding {
        std::string_view tier;
        entry_ptr content;
    };
    using holdings = std::vector<holding>;

    static holdings held_by(const explanation& now);
    awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values);
    void report(const resource& what, const std::string& key, const holding& stale);

    pause pause_;
    auditor_options options_;
    const policy_handle& policy_;
    recent_invalidations& recent_;
    explainer& tiers_;
    loader& loader_;
    std::function<bool()> is_busy_;
    prometheus::Family<prometheus::Counter>& stale_;
    std::array<prometheus::Counter*, 5> audits_;  // by outcome
};

}  // namespace weir
