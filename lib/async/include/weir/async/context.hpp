// What a call of a port takes from the request or the loop that makes it: until when, and on whose behalf.
//
// A deadline converts to it, for callers that are traced by nothing.
#pragma once

#include "weir/base/time.hpp"

#include <string_view>

namespace weir {

struct context {
    // Converts implicitly, since a deadline alone is a context.
    context(deadline ends, std::string_view trace_id = {}) : until(ends), trace(trace_id) {}

    // Returns a context for work that no request waits for, made of steps that each have a bound of their
    // own.
    static context without_end() { return deadline{steady_clock::time_point::max()}; }

    // Returns the same trace with the nearer of its deadline and `timeout` from now.
    context at_most(steady_clock::duration timeout) const { return {until.at_most(timeout), trace}; }

    deadline until;
    std::string_view trace;  // the trace's id, empty for none; its text outlives the call
};

}  // namespace weir
