// What a flight does when L1 has no answer: it looks into L2, takes the lease, loads, and stores what it
// loaded.
//
//     look() → load_under_lease() → acquire_lease() → load_and_fill()        a miss (load_path.cpp)
//     renew()           → acquire_lease() → load_and_fill()                  a refresh (refresh.cpp)
//
// One per worker, used on its executor only. Every step is bounded: each call of a port has a deadline, each
// wait an end. So every flight ends, whatever its client does.
#pragma once

#include "weir/cache/absence_budget.hpp"
#include "weir/cache/flight_plan.hpp"
#include "weir/cache/ports.hpp"
#include "weir/cache/read_samples.hpp"
#include "weir/cache/variant_queue.hpp"
#include "weir/cache/wait_pace.hpp"
#include "weir/l1/coherence.hpp"
#include "weir/l1/l1.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir {

struct read_options {
    // Bounds each command to L2, and all that a flight asks of L2 before it loads.
    milliseconds l2_timeout{50};
    milliseconds load_timeout{1000};
    milliseconds lease_ttl{5000};   // longer than a load, otherwise its fill is refused
    milliseconds lease_wait{1000};  // how long to wait for another node's load before loading without storing
    milliseconds l1_ttl_max{60'000};
    milliseconds refresh_pause{1000};  // after a refresh that failed, before the key's next one
};

// What the workers of a process share.
struct read_tiers {
    flights& in_flight;
    weir::coherence& coherence;
    weir::l1* l1;  // null: there is no L1
    absence_budget& absences;
    read_metrics& counts;
    // Makes the constant part of an answer's head, once for each entry that L1 takes.
    std::function<std::string(const cacheable&, const entry_facts&, std::string_view etag, coding)> head_of;
    variant_queue* variants = nullptr;  // null: nothing is compressed
    read_samples* samples = nullptr;    // for the auditor; null: it is switched off
    wait_pace pace{};
};

class load_path {
 public:
    using versions = std::vector<std::string>;

    // What one look into L2 saw.
    struct sighting {
        std::optional<entry_parts> content;  // an entry that nothing has invalidated, fresh or stale
        std::string mark;                    // of whatever bytes are there: see l2_store::take_lease()
        versions tags;  // as they are now; empty for a tag that has none, which validates nothing
    };
    struct kept {
        entry_ptr content;
        bool is_in_l1 = false;
    };

    // Makes a load path. `l2` may be null: a single node without Redis. All references outlive the object and
    // every flight.
    load_path(boost::asio::any_io_executor executor, read_options options, read_tiers& shared, l2_store* l2,
              loader& from);

    bool has_l2() const { return l2_ != nullptr; }
    const read_options& options() const { return options_; }
    double random01() { return std::uniform_real_distribution<>{}(random_); }

    awaitable<result<sighting>> look(const flight_plan& about);
    awaitable<result<answer>> load_under_lease(const flight_plan& about, sighting seen, deadline ask_until);
    awaitable<result<answer>> load_without_storing(const flight_plan& about, bool is_l2_down);
    awaitable<result<answer>> load_alone(const flight_plan& about);
    kept keep(const flight_plan& about, const entry_parts& made);

    // Loads behind an answer. `replaced`: the load start of what was served, by which it is known again.
    awaitable<result<refreshed>> renew(const flight_plan& about, unix_ms replaced);

    // Finds what may stand in for a load that failed (stale-if-error).
    awaitable<std::optional<answer>> stale_instead(const flight_plan& about);

    // Finds what this process loaded a moment ago, while L2 is away (degraded_ttl).
    std::optional<answer> find_degraded(const cacheable& how, const std::string& key, unix_ms now);

 private:
    // How asking for the lease ended: with a token, or with an entry, or with neither when the wait ran out.
    struct lease {
        std::string token;                 // granted: load, then fill under it
        versions tags;                     // with a token: what the fill is made under
        std::optional<entry_parts> found;  // another flight has stored what is wanted
    };
    using is_wanted = std::function<bool(const entry_parts&)>;

    awaitable<result<lease>> acquire_lease(const flight_plan& about, sighting seen, deadline ask_until,
                                           is_wanted wanted);
    awaitable<result<void>> ensure_tag_versions(const flight_plan& about, versions& tags);
    awaitable<result<lease_reply>> ask_for_lease(const flight_plan& about, const std::string& seen,
                                                 const std::string& token);
    awaitable<void> pause(const flight_plan& about);
    awaitable<void> give_back(std::string key, std::string token);

    awaitable<result<answer>> load_unless_stale(const flight_plan& about);
    awaitable<result<answer>> load_and_fill(const flight_plan& about, lease under);
    awaitable<result<answer>> load_into_l1(const flight_plan& about);
    awaitable<result<entry_parts>> load(const flight_plan& about);
    awaitable<bool> store(const flight_plan& about, const std::string& token, const entry_parts& made);
    awaitable<void> end_lease(const flight_plan& about, const std::string& token, error_code why);

    void keep_degraded(const flight_plan& about, entry_parts made);
    void drop_from_l1(const flight_plan& about);
    entry_ptr held_in_l1(const flight_plan& about);

    boost::asio::any_io_executor executor_;
    read_options options_;
    read_tiers& tiers_;
    l2_store* l2_;
    loader& loader_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir
