// The objects that all workers of the process share. Each is immutable, or safe from any thread.
#pragma once

#include "weir/api/health.hpp"
#include "weir/api/routes.hpp"
#include "weir/async/event.hpp"
#include "weir/base/metrics_registry.hpp"
#include "weir/cache/absence_budget.hpp"
#include "weir/cache/admissions.hpp"
#include "weir/cache/flights.hpp"
#include "weir/cache/read_metrics.hpp"
#include "weir/cache/read_path.hpp"
#include "weir/cache/read_samples.hpp"
#include "weir/cache/variant_queue.hpp"
#include "weir/config/load.hpp"
#include "weir/config/workers.hpp"
#include "weir/l1/coherence.hpp"
#include "weir/l1/l1.hpp"
#include "weir/policy/policy_handle.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace weir::app {

// Connections to Postgres reserved for writes and the relay, so that neither waits for a load.
inline constexpr std::size_t control_connections = 4;

// Connections beside those that the file grants: this one keeps the registration. (One more listens.)
inline constexpr std::size_t registration_connections = 1;

// Returns how many of the connections that the file grants remain for loads.
std::size_t load_connections(const config::settings& s);

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

struct shared {
    explicit shared(config::configuration c);

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
    std::unique_ptr<read_samples> samples;  // null: nothing is audited
    read_tiers tiers{in_flight,   coherence,          l1.get(),       absences,
                     read_counts, api::constant_head, variants.get(), samples.get()};
    admissions admitted;       // which Redis servers the workers may read from
    api::health_check health;  // set by the service before the workers are made
    api::metrics_text metrics_text;
};

}  // namespace weir::app
