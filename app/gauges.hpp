// The state of the dependencies as metrics: read from the drivers' atomics when somebody scrapes, not kept
// twice.
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

class gauges {
 public:
    explicit gauges(prometheus::Registry& registry);

    // From any thread.
    void update(const std::vector<std::unique_ptr<worker>>& workers, const control& admin,
                const shared& common);

 private:
    std::mutex mutex_;  // two scrapes at once must not add up
    prometheus::Counter& log_lines_dropped_;
    prometheus::Gauge& redis_connected_;
    prometheus::Gauge& redis_commands_;
    prometheus::Gauge& redis_timeouts_;
    prometheus::Gauge& redis_connects_;
    prometheus::Gauge& postgres_up_;
    prometheus::Gauge& postgres_in_use_;
    prometheus::Gauge& postgres_waiting_;
    prometheus::Gauge& postgres_opened_;
    prometheus::Gauge& postgres_missed_deadlines_;
    prometheus::Gauge& l1_entries_;
    prometheus::Gauge& l1_bytes_;
    prometheus::Gauge& l1_hits_;
    prometheus::Gauge& l1_misses_;
    prometheus::Gauge& l1_evictions_;
    prometheus::Gauge& l1_refused_;
};

}  // namespace weir::app
