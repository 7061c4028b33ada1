// The state of the dependencies as metrics: read from the drivers' atomics when somebody scrapes, not kept
// twice.
#pragma once

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <mutex>
#include <vector>

namespace weir::app {

class worker;

class gauges {
 public:
    explicit gauges(prometheus::Registry& registry);

    // From any thread.
    void update(const std::vector<std::unique_ptr<worker>>& workers);

 private:
    std::mutex mutex_;  // two scrapes at once must not add up
    prometheus::Gauge& redis_connected_;
    prometheus::Gauge& redis_commands_;
    prometheus::Gauge& redis_timeouts_;
    prometheus::Gauge& redis_connects_;
    prometheus::Gauge& postgres_up_;
    prometheus::Gauge& postgres_in_use_;
    prometheus::Gauge& postgres_waiting_;
    prometheus::Gauge& postgres_opened_;
    prometheus::Gauge& postgres_missed_deadlines_;
};

}  // namespace weir::app
