// What a metric counted, read as Prometheus would.
#pragma once

#include <prometheus/registry.h>

#include <string>

namespace weir::test {

// Returns the sum of a counter's series whose last label has that value.
inline double counted(const prometheus::Registry& registry, const std::string& metric,
                      const std::string& label) {
    double total = 0;
    for (const auto& family : registry.Collect()) {
        if (family.name != metric) continue;
        for (const auto& one : family.metric) {
            if (one.label.back().value == label) total += one.counter.value;
        }
    }
    return total;
}

}  // namespace weir::test
