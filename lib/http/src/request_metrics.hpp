// Counts of requests by route and status. Labels come from the route table, never from a request.
//
// One per listener and worker; the objects behind it are shared by all workers and found once, not per
// request.
#pragma once

#include "weir/base/time.hpp"
#include "weir/http/router.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

class request_metrics {
 public:
    request_metrics(prometheus::Registry& registry, std::string listener, const router& routes);

    // `matched` is one of the routes, or nothing for a request that matched none.
    void answered(const route* matched, unsigned status, microseconds took);
    void connected() { connections_.Increment(); }
    void disconnected() { connections_.Decrement(); }

    std::string_view label(const route* matched) const { return by_route_[place_of(matched)].label; }

 private:
    struct of_route {
        std::string label;
        prometheus::Histogram* took = nullptr;
        std::vector<std::pair<unsigned, prometheus::Counter*>> by_status;  // grows to the few that occur
    };

    std::size_t place_of(const route* matched) const {
        return matched == nullptr ? by_route_.size() - 1 : static_cast<std::size_t>(matched - first_);
    }

    prometheus::Family<prometheus::Counter>& requests_;
    prometheus::Family<prometheus::Histogram>& durations_;
    prometheus::Gauge& connections_;
    std::string listener_;
    const route* first_;              // of the router's table
    std::vector<of_route> by_route_;  // in the table's order, then the one for no route
};

}  // namespace weir::http
