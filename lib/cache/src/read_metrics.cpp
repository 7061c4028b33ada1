#include "weir/cache/read_metrics.hpp"

#include <string>
#include <utility>

namespace weir {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Registry;

Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

read_metrics::read_metrics(Registry& registry, const policy& declared) {
    auto& lookups = counter(registry, "weir_l2_lookups_total", "L2 look-ups of a flight by outcome");
    auto& loads = counter(registry, "weir_loads_total", "Loader runs by outcome");
    auto& fills = counter(registry, "weir_fills_total", "Fills of L2; refused: an invalidation came between");
    auto& waits = counter(registry, "weir_lease_waits_total", "Flights that waited for another node's load");
    auto& fallbacks = counter(registry, "weir_fallbacks_total",
                              "Waits for another node's load that ran out: loaded without storing");
    auto& joins =
        counter(registry, "weir_flight_joins_total", "Requests that joined the flight of another request");
    auto& mismatches = counter(registry, "weir_key_mismatches_total",
                               "Loads that were answered and not stored: the row's columns give another key "
                               "than the one that was asked for");
    auto& refreshes =
        counter(registry, "weir_refreshes_total", "Loads behind an answer that was due or stale, by outcome");
    auto& time = prometheus::BuildHistogram()
                     .Name("weir_load_seconds")
                     .Help("Duration of completed loader runs")
                     .Register(registry);
    for (const resource& r : declared.resources) {
        const prometheus::Labels self{{"resource", r.name}};
        const auto with = [&](const char* outcome) {
            return prometheus::Labels{{"resource", r.name}, {"outcome", outcome}};
        };
        by_name_[r.name] = {
            .l2_hits = &lookups.Add(with("hit")),
            .l2_misses = &lookups.Add(with("miss")),
            .l2_failures = &lookups.Add(with("failed")),
            .corrupt = &lookups.Add(with("corrupt")),
            .superseded = &lookups.Add(with("superseded")),
            .loads = &loads.Add(with("completed")),
            .load_failures = &loads.Add(with("failed")),
            .fills = &fills.Add(with("stored")),
            .fills_refused = &fills.Add(with("refused")),
            .lease_waits = &waits.Add(self),
            .fallbacks = &fallbacks.Add(self),
            .refreshes = {&refreshes.Add(with("stored")), &refreshes.Add(with("refused")),
                          &refreshes.Add(with("elsewhere")), &refreshes.Add(with("failed"))},
            .key_mismatches = &mismatches.Add(self),
            .joins = &joins.Add(self),
            .load_seconds =
                &time.Add(self, prometheus::Histogram::BucketBoundaries{.001, .0025, .005, .01, .025, .05, .1,
                                                                        .25, .5, 1, 2.5}),
        };
    }
}

}  // namespace weir
