// Limits how many absences are stored per second: a flood of random ids must not fill Redis with "not found".
// Beyond the budget a 404 is still the answer; it is just not stored.
//
// A token bucket that holds one second's worth. One per process, any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace weir {

class absence_budget {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit absence_budget(double per_second) : per_second_(per_second), tokens_(per_second) {}

    // Returns whether one more absence may be stored at `now`, and counts it if so.
    bool take(time_point now) {
        const std::lock_guard lock(mutex_);
        if (last_ != time_point{}) {
            const std::chrono::duration<double> passed = now - last_;
            tokens_ = std::min(per_second_, tokens_ + std::max(0.0, passed.count()) * per_second_);
        }
        last_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

 private:
    std::mutex mutex_;
    const double per_second_;
    double tokens_;
    time_point last_{};
};

}  // namespace weir
