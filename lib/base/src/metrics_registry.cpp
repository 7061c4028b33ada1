#include "weir/base/metrics_registry.hpp"

#include <utility>

namespace weir {

metrics_registry::reporter::reporter(metrics_registry& to, report call) : registry_(to) {
    const std::lock_guard lock(to.mutex_);
    at_ = to.reports_.insert(to.reports_.end(), std::move(call));
}

metrics_registry::reporter::~reporter() {
    const std::lock_guard lock(registry_.mutex_);
    (*at_)();
    registry_.reports_.erase(at_);
}

std::vector<prometheus::MetricFamily> metrics_registry::Collect() const {
    {
        const std::lock_guard lock(mutex_);
        for (const report& call : reports_) call();
    }
    return Registry::Collect();
}

}  // namespace weir
