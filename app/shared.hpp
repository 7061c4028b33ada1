// The objects that all workers of the process share. Each is immutable, or safe from any thread.
#pragma once

#include "weir/api/compress.hpp"
#include "weir/api/health.hpp"
#include "weir/api/routes.hpp"
#include "weir/async/event.hpp"
#include "weir/base/metrics_registry.hpp"
#include "weir/base/processors.hpp"
#include "weir/cache/absence_budget.hpp"
#include "weir/cache/admissions.hpp"
#include "weir/cache/flights.hpp"
#include "weir/cache/read_metrics.hpp"
#include "weir/cache/read_path.hpp"
#include "weir/cache/variant_queue.hpp"
#include "weir/config/load.hpp"
#include "weir/config/workers.hpp"
#include "weir/l1/coherence.hpp"
#include "weir/l1/l1.hpp"
#include "weir/policy/policy_handle.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace weir::app {

// Connections to Postgres reserved for writes and the relay, so that neither waits for a load. (One more
// connection listens.)
inline constexpr std::size_t control_connections = 4;

// Returns how many of the connections that the file grants remain for loads.
inline std::size_t load_connections(const config::settings& s) {
    return s.postgres.connections - std::min(s.postgres.connections, control_connections);
}

// A point that all workers have to reach, as a barrier. Any thread.
class meeting {
 public:
    explicit meeting(std::size_t expected) : missing_(expected) {}

    void arrive() {
        if (--missing_ == 0) all_here_.set();
    }
    awaitable<bool> wait(deadline until) { return all_here_.wait(until); }

 private:
    std::atomic<std::size_t> missing_;
    event all_here_;
};

// Returns L1 as the file declares it, or null if it is switched off.
inline std::unique_ptr<l1> make_l1(const config::settings& s, const weir::coherence& coherence) {
    if (s.l1.bytes_max == 0) return nullptr;
    const l1_options options{.bytes_max = s.l1.bytes_max,
                             .entry_bytes_max = s.l1.entry_bytes_max,
                             .absence_bytes_max = s.l1.absence_bytes_max};
    return std::make_unique<l1>(options, coherence);
}

// Returns null if no resource is compressed, or there is no L1.
inline std::unique_ptr<variant_queue> make_variant_queue(const weir::policy& p, weir::l1* l1,
                                                         prometheus::Registry& registry) {
    const auto& all = p.resources;
    const bool is_wanted = std::any_of(all.begin(), all.end(),
                                       [](const resource& r) { return r.cached && r.cached->is_compressed; });
    if (l1 == nullptr || !is_wanted) return nullptr;
    return std::make_unique<variant_queue>(*l1, p.compress, variant_tools{compress, api::constant_head},
                                           registry);
}

struct shared {
    explicit shared(config::configuration c)
        : configuration(std::make_shared<const config::configuration>(std::move(c))),
          planned(config::plan_workers(configuration->settings.workers, usable_processors(),
                                       load_connections(configuration->settings))),
          workers(planned.allowed),
          l1(make_l1(configuration->settings, coherence)),
          absences(configuration->settings.reads.absences_per_second_max),
          read_counts(registry, configuration->policy),
          variants(make_variant_queue(configuration->policy, l1.get(), registry)) {
        // Without Redis no other node writes through this node's tiers.
        if (!configuration->settings.redis) coherence.trust_always();
    }

    const config::settings& settings() const { return configuration->settings; }

    const std::shared_ptr<const config::configuration> configuration;
    policy_handle policy{
        policy_ptr{configuration, &configuration->policy}};  // what may change while the process runs
    const config::worker_plan planned;
    const std::size_t workers;
    metrics_registry registry;
    meeting drained{workers + 1};  // all workers and the control side have answered what was in flight
    weir::coherence coherence;
    std::unique_ptr<weir::l1> l1;
    flights in_flight{coherence};
    absence_budget absences;
    read_metrics read_counts;
    std::unique_ptr<variant_queue> variants;
    read_tiers tiers{in_flight,   coherence,          l1.get(),      absences,
                     read_counts, api::constant_head, variants.get()};
    admissions admitted;       // which Redis servers the workers may read from
    api::health_check health;  // set by the service before the workers are made
    api::metrics_text metrics_text;
};

}  // namespace weir::app
