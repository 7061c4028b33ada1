// The two clocks. Deadlines are steady points in time. What is stored or sent to other processes is Unix time
// in milliseconds.
#pragma once

#include <chrono>

namespace weir {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

using steady_clock = std::chrono::steady_clock;
using unix_ms = std::chrono::sys_time<milliseconds>;

// Reads the wall clock. Only the edges call it (http, cache); pure code takes `now` as an argument.
inline unix_ms unix_now() {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

// Both clocks, read once for everything that a worker answers in one turn of its event loop.
struct moment {
    steady_clock::time_point steady;
    unix_ms unix;

    static moment now() { return {steady_clock::now(), unix_now()}; }
};

// A point in time by which a piece of work must be over. It is passed down by value from the request, so that
// time spent in one layer is not available a second time in the next.
class deadline {
 public:
    explicit deadline(steady_clock::time_point at) : at_(at) {}

    static deadline in(steady_clock::duration timeout) { return deadline{steady_clock::now() + timeout}; }

    steady_clock::time_point at() const { return at_; }
    steady_clock::duration left() const { return at_ - steady_clock::now(); }
    bool passed() const { return left() <= steady_clock::duration::zero(); }

    // Returns the nearer of this deadline and `timeout` from now: what one step may take of the time that is
    // left.
    deadline at_most(steady_clock::duration timeout) const {
        const deadline other = in(timeout);
        return other.at_ < at_ ? other : *this;
    }

 private:
    steady_clock::time_point at_;
};

}  // namespace weir
