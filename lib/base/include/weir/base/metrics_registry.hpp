// The process's metrics: Prometheus's registry, which before it is collected lets those who keep tallies
// report them.
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

    // As long as it lives, its report is called before each collection, by whoever collects; one at a time,
    // and once more when it ends, so that nothing counted is lost.
    class reporter {
     public:
        reporter(metrics_registry& to, report tell);
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
