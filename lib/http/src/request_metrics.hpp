// Counts of requests by route and status. Labels come from the route table, never from a request.
//
// One per listener and worker, counted on its executor without a lock or an atomic exchange; what it counted
// reaches Prometheus's objects, which all workers share, when those are collected.
#pragma once

#include "weir/base/metrics_registry.hpp"
#include "weir/base/tally.hpp"
#include "weir/base/time.hpp"
#include "weir/http/router.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

class request_metrics {
 public:
    request_metrics(metrics_registry& registry, std::string listener, const router& routes);

    // Counts an answer. `matched` is one of the routes, or null for a request that matched none.
    void answered(const route* matched, unsigned status, steady_clock::duration took);
    void connected() { connections_.Increment(); }
    void disconnected() { connections_.Decrement(); }

    std::string_view label(const route* matched) const { return of(matched).label; }

    // Upper bounds in microseconds: from an L1 hit to the longest budget that makes sense.
    static constexpr std::array<std::int64_t, 16> bounds_us = {
        50,     100,    250,     500,     1'000,   2'500,     5'000,     10'000,
        25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000};

 private:
    static constexpr unsigned status_first = 100;
    static constexpr unsigned status_end = 600;

    struct of_route {
        std::string label;
        prometheus::Histogram* seconds = nullptr;
        std::array<tally, bounds_us.size() + 1> by_time;
        tally nanoseconds;
        std::array<tally, status_end - status_first> by_status;
    };

    of_route& of(const route* matched) const {
        return by_route_[matched == nullptr ? routes_ : static_cast<std::size_t>(matched - first_)];
    }
    void report();
    void report(of_route& counted);

    prometheus::Family<prometheus::Counter>& requests_;
    prometheus::Family<prometheus::Histogram>& durations_;
    prometheus::Gauge& connections_;
    std::string listener_;
    const route* first_;  // of the router's table
    std::size_t routes_;
    std::unique_ptr<of_route[]> by_route_;  // in the table's order, then the one for no route
    metrics_registry::reporter reporter_;   // last: what it reports is there
};

}  // namespace weir::http
