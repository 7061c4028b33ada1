// The read path: how a GET is answered. get(): find() in L1, else fetch() → fly() → ask_tiers() →
// load_under_lease() → load_and_fill(), top to bottom. What is due or stale is answered at once and renewed
// behind the answer: refresh_behind() → refresh() → renew() (refresh.cpp).
//
// One per worker, used on its executor only; the flights are shared by all workers of the process. A flight
// is a coroutine of its own and bounded step by step: every call of a port has a deadline, every wait an end.
// See docs/architecture.md.
#pragma once

#include "weir/cache/absence_budget.hpp"
#include "weir/cache/answer.hpp"
#include "weir/cache/flights.hpp"
#include "weir/cache/ports.hpp"
#include "weir/cache/read_metrics.hpp"
#include "weir/cache/variant_queue.hpp"
#include "weir/cache/wait_pace.hpp"
#include "weir/l1/coherence.hpp"
#include "weir/l1/l1.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir {

// What http calls. `values` are normalised and in the resource's order; `what` outlives the call.
class reader {
 public:
    virtual ~reader() = default;

    // What L1 has and may be served now; nothing otherwise. Neither waits nor asks anybody; what is due or
    // stale is refreshed behind the answer. `now` was read after the request came.
    virtual std::optional<answer> find(const resource& what, const std::vector<std::string>& values,
                                       const moment& now) = 0;

    // For what find() did not have. errc::timeout: not ready by the deadline (the load goes on for others);
    // errc::overloaded, errc::unavailable: not in the cache and the database cannot be asked; anything else:
    // the loader failed.
    virtual awaitable<result<answer>> fetch(const resource& what, std::vector<std::string> values,
                                            deadline until) = 0;

    // Somebody would have liked `of`, which L1 has under these values, in this coding. Does not wait;
    // forgotten where nobody makes any.
    virtual void want(const resource& /*what*/, const std::vector<std::string>& /*values*/,
                      const entry_ptr& /*of*/, coding /*how*/) {}

    awaitable<result<answer>> get(const resource& what, std::vector<std::string> values, deadline until);
};

struct read_options {
    // For each command, and for all that a flight asks before it loads: past it, it asks no more.
    milliseconds l2_timeout{50};
    milliseconds load_timeout{1000};
    milliseconds lease_ttl{5000};   // longer than a load, else its fill is refused
    milliseconds lease_wait{1000};  // how long to wait for another node's load before loading without storing
    milliseconds l1_ttl_max{60'000};
    milliseconds refresh_pause{1000};  // after a refresh that failed, before the key's next one
};

// What the workers of a process share.
struct read_tiers {
    flights& in_flight;
    coherence& heard;
    l1* first;  // may be null: no L1
    absence_budget& absences;
    read_metrics& counts;
    // The constant part of an answer's head, made once for each entry that L1 takes.
    std::function<std::string(const resource&, const entry_facts&, std::string_view etag, coding)> head_of;
    variant_queue* coded = nullptr;  // null: nothing is compressed
    wait_pace pace{};
};

class read_path final : public reader {
 public:
    // `l2` may be null: a single node without Redis. All references outlive the object and every flight.
    read_path(boost::asio::any_io_executor executor, const policy& declared, read_options options,
              read_tiers& shared, l2_store* l2, loader& from);

    std::optional<answer> find(const resource& what, const std::vector<std::string>& values,
                               const moment& now) override;
    awaitable<result<answer>> fetch(const resource& what, std::vector<std::string> values,
                                    deadline until) override;
    void want(const resource& what, const std::vector<std::string>& values, const entry_ptr& of,
              coding how) override;

 private:
    // What one flight is about. By value: it outlives the request that started it. The resource is part of
    // the policy, which outlives both.
    struct request {
        const resource& what;
        std::vector<std::string> values;
        const read_metrics::per_resource& counts;
        flight& own;  // kept alive by its coroutine

        const std::string& key() const { return own.key(); }
    };
    struct kept {
        entry_ptr content;
        bool is_in_l1 = false;
    };
    // What one look into L2 saw.
    struct sighting {
        std::optional<entry_parts> content;  // if it is one that nothing has invalidated, stale or not
        std::string mark;                    // of whatever bytes are there: see l2_store::take_lease()
    };
    using versions = std::vector<std::string>;
    using tier = provenance::tier;

    awaitable<result<answer>> bypass(const resource& what, const std::vector<std::string>& values,
                                     deadline until);
    awaitable<void> fly(std::shared_ptr<flight> f, std::shared_ptr<flight> predecessor, request about);
    awaitable<result<answer>> answer_failure(const request& about, error_code why);
    awaitable<result<answer>> ask_tiers(const request& about);
    awaitable<result<sighting>> look(const request& about, versions& tags);
    static bool are_complete(const versions& tags);
    awaitable<result<void>> complete(const request& about, versions& tags);
    awaitable<result<answer>> load_under_lease(const request& about, std::string seen, versions tags,
                                               deadline ask_until);
    awaitable<void> give_back(std::string key, std::string token);
    awaitable<void> wait_aloft(const request& about);
    awaitable<result<answer>> load_unless_stale(const request& about);
    awaitable<result<answer>> load_and_fill(const request& about, const std::string& token, versions tags);
    awaitable<result<answer>> load_without_storing(const request& about, bool is_l2_down);
    awaitable<result<answer>> load_alone(const request& about);
    awaitable<result<answer>> load_into_l1(const request& about);
    awaitable<result<entry_parts>> load(const request& about);
    awaitable<bool> store(const request& about, const std::string& token, const entry_parts& made);
    static std::optional<entry_parts> usable(const request& about, std::string& stored, const versions& tags);

    awaitable<std::optional<answer>> stale_instead(const request& about);
    entry_ptr held_in_l1(const request& about);
    std::optional<answer> find_degraded(const resource& what, const std::string& key, unix_ms now);
    void keep_degraded(const request& about, entry_parts made);
    std::optional<answer> hit_in(tier where, const resource& what, const std::vector<std::string>& values,
                                 const std::string& key, entry_ptr content, unix_ms now);
    void refresh_behind(const resource& what, const std::vector<std::string>& values, const std::string& key,
                        unix_ms replaced);
    awaitable<void> refresh(std::shared_ptr<flight> f, request about, unix_ms replaced);
    awaitable<result<refreshed>> renew(const request& about, unix_ms replaced);
    awaitable<result<refreshed>> renew_under_lease(const request& about, unix_ms replaced);

    kept keep(const request& about, const entry_parts& made);
    void drop_from_l1(const request& about);

    double random01() { return std::uniform_real_distribution<>{}(random_); }

    boost::asio::any_io_executor executor_;
    const policy& policy_;
    const std::string key_head_;
    read_options options_;
    read_tiers& tiers_;
    l2_store* l2_;
    loader& loader_;
    std::minstd_rand random_{std::random_device{}()};
    std::string sought_;  // find()'s key, which keeps its memory
};

}  // namespace weir
