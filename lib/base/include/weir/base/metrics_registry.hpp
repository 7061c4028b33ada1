// The process's metrics: Prometheus's registry. Before each collection it calls the reporters, which bring
// the counters up to their tallies.
#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <list>
#include <mutex>
#include <vector>

namespace weir {

class metrics_registry final : public prometheus::Registry {
 public:
    using report = std::function<void()>;

    // Registers a report for as long as it lives. The report is called before each collection, on the
    // collecting thread, one report at a time. It is called once more when the reporter ends, so that no
    // count is lost.
    class reporter {
     public:
        reporter(metrics_registry& to, report call);
        ~reporter();
        reporter(const reporter&) = delete;
        reporter& operator=(const reporter&) = delete;

     private:
        metrics_registry& registry_;
        std::list<report>::iterator at_;
    };

    std::vector<prometheus::MetricFamily> Collect() const override;

 private:
    mutable std::mutex mutex_;
    std::list<report> reports_;  // guarded by mutex_
};

}  // namespace weir
