// A count that one thread makes and any thread may read. Adding is a plain load, add and store: Prometheus's
// own counters are shared by all workers, so there each addition is an atomic exchange of a line that every
// core wants.
//
// metrics_registry brings Prometheus's counters up to the tallies when somebody collects.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir {

class tally {
 public:
    // On the owner's thread only.
    void add(std::uint64_t more = 1) {
        count_.store(count_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    std::uint64_t value() const { return count_.load(std::memory_order_relaxed); }

    // What was added since the last call: for the one who reports it.
    std::uint64_t unreported() {
        const std::uint64_t now = value();
        const std::uint64_t more = now - reported_;
        reported_ = now;
        return more;
    }

 private:
    std::atomic<std::uint64_t> count_{0};
    std::uint64_t reported_ = 0;  // the reporter's
};

}  // namespace weir
