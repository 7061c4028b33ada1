// How many absences may be stored per second: a flood of random ids must not fill Redis with "not found".
// Past the budget a 404 is still answered, just not stored. A token bucket that holds one second's worth;
// shared by the workers.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace weir {

class absence_budget {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit absence_budget(double per_second) : per_second_(per_second), tokens_(per_second) {}

    // Whether one more absence may be stored at `now`.
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
