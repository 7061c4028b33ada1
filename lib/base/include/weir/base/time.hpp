// The two clocks. Deadlines are steady points in time; what is stored or sent to others is Unix time in
// milliseconds.
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

// Both clocks, read once for everything that one turn of a worker answers.
struct moment {
    steady_clock::time_point steady;
    unix_ms unix;

    static moment now() { return {steady_clock::now(), unix_now()}; }
};

// A point in time by which a piece of work must be over. Passed down by value from the request, so that time
// spent in one layer is not available twice.
class deadline {
 public:
    explicit deadline(steady_clock::time_point at) : at_(at) {}

    static deadline in(steady_clock::duration timeout) { return deadline{steady_clock::now() + timeout}; }

    steady_clock::time_point at() const { return at_; }
    steady_clock::duration left() const { return at_ - steady_clock::now(); }
    bool passed() const { return left() <= steady_clock::duration::zero(); }

    // The nearer of this deadline and `timeout` from now: what a step may take of what is left.
    deadline at_most(steady_clock::duration timeout) const {
        const deadline other = in(timeout);
        return other.at_ < at_ ? other : *this;
    }

 private:
    steady_clock::time_point at_;
};

}  // namespace weir
