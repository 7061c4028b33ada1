// What one flight is about: the resource and values that were asked for. Held by value in the flight's
// coroutine, because it outlives the request that started it, and may outlive a reload of the policy.
#pragma once

#include "weir/cache/flights.hpp"
#include "weir/cache/read_metrics.hpp"
#include "weir/policy/policy.hpp"

#include <string>
#include <vector>

namespace weir {

struct flight_plan {
    resource_ptr what;  // cached
    std::vector<std::string> values;
    const read_metrics::per_resource& counts;
    flight& own;  // kept alive by its coroutine

    const std::string& key() const { return own.key(); }
    const cacheable& cached() const { return *what->cached; }
};

}  // namespace weir
