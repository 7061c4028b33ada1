#include "request_metrics.hpp"

#include <algorithm>

namespace weir::http {
namespace {

// From an L1 hit (microseconds) to the longest budget that makes sense.
const prometheus::Histogram::BucketBoundaries bounds = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

}  // namespace

request_metrics::request_metrics(prometheus::Registry& registry, std::string listener, const router& routes)
    : requests_(prometheus::BuildCounter()
                    .Name("weir_http_requests_total")
                    .Help("Requests answered, by route and status.")
                    .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("weir_http_request_seconds")
                     .Help("From a request's head to its answer being ready.")
                     .Register(registry)),
      connections_(prometheus::BuildGauge()
                       .Name("weir_http_connections")
                       .Help("Open connections.")
                       .Register(registry)
                       .Add({{"listener", listener}})),
      listener_(std::move(listener)),
      first_(routes.routes().data()) {
    const auto add = [&](const std::string& label) {
        by_route_.push_back({.label = label,
                             .took = &durations_.Add({{"listener", listener_}, {"route", label}}, bounds),
                             .by_status = {}});
    };
    for (const route& r : routes.routes()) add(r.label);
    add("none");
}

void request_metrics::answered(const route* matched, unsigned status, microseconds took) {
    of_route& metrics = by_route_[place_of(matched)];
    metrics.took->Observe(std::chrono::duration<double>(took).count());
    auto& known = metrics.by_status;
    auto it = std::find_if(known.begin(), known.end(), [&](const auto& k) { return k.first == status; });
    if (it == known.end()) {
        auto& counter = requests_.Add(
            {{"listener", listener_}, {"route", metrics.label}, {"code", std::to_string(status)}});
        it = known.insert(known.end(), {status, &counter});
    }
    it->second->Increment();
}

}  // namespace weir::http
