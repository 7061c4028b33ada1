// Sets how often the flights of a process look whether another node's load is stored. A few flights look
// every 2 ms or so, so that their wait ends within milliseconds of the fill. The more flights wait, the rarer
// each of them looks: together they ask Redis at most 10,000 times a second.
//
// The node that fills does not send a message instead. It would have to reach every node for every fill, or
// waiters would have to be registered with the lease. And looking would still be needed for a lease that ends
// by itself.
//
// One per process, any thread.
#pragma once

#include "weir/base/time.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace weir {

class wait_pace {
 public:
    // Counts one flight that waits, for as long as it lives.
    class waiter {
     public:
        explicit waiter(wait_pace& in) : pace_(in) { pace_.waiting_.fetch_add(1, std::memory_order_relaxed); }
        ~waiter() { pace_.waiting_.fetch_sub(1, std::memory_order_relaxed); }
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;

     private:
        wait_pace& pace_;
    };

    // Returns the time until a flight's next look. `random01` in [0, 1) spreads flights that began together.
    microseconds next(double random01) const {
        const microseconds shared = look_cost * static_cast<microseconds::rep>(waiting());
        const auto each = static_cast<double>(std::max(shortest, shared).count());
        return microseconds{static_cast<microseconds::rep>(each * (0.5 + random01))};
    }

    std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
    static constexpr microseconds shortest{2000};
    static constexpr microseconds look_cost{100};  // of all together: 1 s / 10,000 looks

    std::atomic<std::size_t> waiting_{0};
};

}  // namespace weir
