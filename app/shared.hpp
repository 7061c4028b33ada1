// What all workers of the process share. Everything in here is immutable or safe from any thread.
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/absence_budget.hpp"
#include "weir/cache/flights.hpp"
#include "weir/cache/read_metrics.hpp"
#include "weir/config/load.hpp"
#include "weir/http/health.hpp"

#include <prometheus/registry.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>

namespace weir::app {

// As many as declared; 0 means one per core.
inline std::size_t worker_count(const config::settings& s) {
    return s.workers != 0 ? s.workers : std::max(1U, std::thread::hardware_concurrency());
}

// Connections to Postgres for writes and the relay: two, so that neither waits for the other.
inline constexpr std::size_t admin_connections = 2;

// All workers have come to a point. Any thread.
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
    explicit shared(config::configuration c)
        : configuration(std::move(c)),
          workers(worker_count(configuration.settings)),
          absences(configuration.settings.reads.absences_per_second_max),
          read_counts(registry, configuration.policy) {}

    const config::settings& settings() const { return configuration.settings; }
    const weir::policy& policy() const { return configuration.policy; }

    const config::configuration configuration;
    const std::size_t workers;
    prometheus::Registry registry;
    meeting drained{workers};  // all workers have answered what was in flight
    flights in_flight;
    absence_budget absences;
    read_metrics read_counts;
    http::health_check health;  // set by the service before the workers are made
    http::metrics_text metrics_text;
};

}  // namespace weir::app
