#include "request_metrics.hpp"

#include <algorithm>

namespace weir::http {
namespace {

prometheus::Histogram::BucketBoundaries bounds() {
    prometheus::Histogram::BucketBoundaries seconds;
    for (const auto us : request_metrics::bounds_us) seconds.push_back(static_cast<double>(us) / 1e6);
    return seconds;
}

}  // namespace

request_metrics::request_metrics(metrics_registry& registry, std::string listener, const router& routes)
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
      first_(routes.routes().data()),
      routes_(routes.routes().size()),
      by_route_(std::make_unique<of_route[]>(routes_ + 1)),
      reporter_(registry, [this] { report(); }) {
    for (std::size_t i = 0; i <= routes_; ++i) {
        of_route& made = by_route_[i];
        made.label = i < routes_ ? first_[i].label : "none";
        made.seconds = &durations_.Add({{"listener", listener_}, {"route", made.label}}, bounds());
    }
}

void request_metrics::answered(const route* matched, unsigned status, steady_clock::duration took) {
    of_route& counted = of(matched);
    std::size_t bucket = 0;
    const auto us = std::chrono::ceil<microseconds>(took).count();
    while (bucket < bounds_us.size() && us > bounds_us[bucket]) ++bucket;
    counted.by_time[bucket].add();
    counted.nanoseconds.add(static_cast<std::uint64_t>(std::chrono::nanoseconds{took}.count()));
    counted.by_status[std::clamp(status, status_first, status_end - 1) - status_first].add();
}

void request_metrics::report() {
    for (std::size_t i = 0; i <= routes_; ++i) report(by_route_[i]);
}

// Reports the counts of a route. Makes a status's counter when the status first occurs.
void request_metrics::report(of_route& counted) {
    std::vector<double> times;
    for (tally& t : counted.by_time) times.push_back(static_cast<double>(t.unreported()));
    counted.seconds->ObserveMultiple(times, static_cast<double>(counted.nanoseconds.unreported()) / 1e9);
    for (unsigned i = 0; i < counted.by_status.size(); ++i) {
        const std::uint64_t more = counted.by_status[i].unreported();
        if (more == 0) continue;
        requests_
            .Add({{"listener", listener_},
                  {"route", counted.label},
                  {"code", std::to_string(status_first + i)}})
            .Increment(static_cast<double>(more));
    }
}

}  // namespace weir::http
