// Waiting times between attempts: exponential with full jitter, so that many nodes that lost the same server
// do not return to it in step. Pure: the random number is an argument.
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#pragma once

#include "weir/base/time.hpp"

#include <algorithm>

namespace weir {

struct backoff {
    milliseconds first{10};
    milliseconds most{1000};
    unsigned attempts = 0;

    // Returns the next wait, in [first / 2, min(most, first * 2^attempts)]. `random01` is in [0, 1).
    milliseconds next(double random01) {
        const unsigned doublings = std::min(attempts++, 20U);
        const milliseconds ceiling = std::min<milliseconds>(most, first * (1L << doublings));
        const milliseconds floor = std::min<milliseconds>(first / 2, ceiling);
        const double share = random01 * static_cast<double>((ceiling - floor).count());
        return floor + milliseconds{static_cast<milliseconds::rep>(share)};
    }

    void reset() { attempts = 0; }
};

}  // namespace weir
