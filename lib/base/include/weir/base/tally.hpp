// A count that one thread makes and any thread may read. Adding is a plain load, add and store. Prometheus's
// own counters are shared by all workers: there, each addition is an atomic exchange on a cache line that
// every core writes.
//
// metrics_registry brings Prometheus's counters up to the tallies when metrics are collected.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir {

class tally {
 public:
    // Adds to the count. On the owner's thread only.
    void add(std::uint64_t more = 1) {
        count_.store(count_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    std::uint64_t value() const { return count_.load(std::memory_order_relaxed); }

    // Returns what was added since the last call. Only the reporter calls it.
    std::uint64_t unreported() {
        const std::uint64_t now = value();
        const std::uint64_t more = now - reported_;
        reported_ = now;
        return more;
    }

 private:
    std::atomic<std::uint64_t> count_{0};
    std::uint64_t reported_ = 0;  // touched by the reporter only
};

}  // namespace weir
