// How often the flights of a process look whether another node's load has come. Few of them look every 2 ms
// or so, which is what ends a wait within milliseconds of the fill; however many wait, together they ask
// Redis no more than 10,000 times a second, each the rarer. Any thread.
//
// Why not a message from whoever fills: it would have to reach every node for every fill, or waiters would
// have to be registered with the lease, and looking would still be needed for the lease that ends by itself.
#pragma once

#include "weir/base/time.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace weir {

class wait_pace {
 public:
    // One flight that waits, for as long as this lives.
    class place {
     public:
        explicit place(wait_pace& in) : pace_(in) { pace_.waiting_.fetch_add(1, std::memory_order_relaxed); }
        ~place() { pace_.waiting_.fetch_sub(1, std::memory_order_relaxed); }
        place(const place&) = delete;
        place& operator=(const place&) = delete;

     private:
        wait_pace& pace_;
    };

    // Until its next look. `random01` in [0, 1): those that began together do not stay together.
    microseconds next(double random01) const {
        const microseconds shared = look_cost * static_cast<microseconds::rep>(waiting());
        const auto each = static_cast<double>(std::max(shortest, shared).count());
        return microseconds{static_cast<microseconds::rep>(each * (0.5 + random01))};
    }

    std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
    static constexpr microseconds shortest{2000};
    static constexpr microseconds look_cost{100};  // the reciprocal of what all may ask for

    std::atomic<std::size_t> waiting_{0};
};

}  // namespace weir
