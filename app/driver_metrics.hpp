// Exports the state of the drivers and of L1 as metrics: gauges for the present, counters for totals since
// the start. It reads their atomics at each scrape.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <mutex>
#include <vector>

namespace weir::app {

class control;
class worker;
struct shared;

class driver_metrics {
 public:
    explicit driver_metrics(prometheus::Registry& registry);

    // Reads the drivers and L1. May be called from any thread.
    void update(const std::vector<std::unique_ptr<worker>>& workers, const control& admin,
                const shared& common);

 private:
    std::mutex mutex_;  // two scrapes at once must not add up
    prometheus::Counter& log_lines_dropped_;
    prometheus::Gauge& redis_connected_;
    prometheus::Counter& redis_commands_;
    prometheus::Counter& redis_timeouts_;
    prometheus::Counter& redis_connects_;
    prometheus::Gauge& postgres_up_;
    prometheus::Gauge& postgres_in_use_;
    prometheus::Gauge& postgres_waiting_;
    prometheus::Counter& postgres_opened_;
    prometheus::Counter& postgres_missed_deadlines_;
    prometheus::Gauge& l1_entries_;
    prometheus::Gauge& l1_bytes_;
    prometheus::Counter& l1_hits_;
    prometheus::Counter& l1_misses_;
    prometheus::Counter& l1_evictions_;
    prometheus::Counter& l1_refused_;
};

}  // namespace weir::app
