// What the read path counts, by resource and outcome (never by key). Resolved once per resource, then only
// incremented; safe from any thread.
#pragma once

#include "weir/policy/policy.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>
#include <unordered_map>

namespace weir {

// How a refresh ended.
enum class refreshed {
    stored,
    refused,    // loaded and not stored: an invalidation came between, or there is nothing to store
    elsewhere,  // another node had done it
    failed,     // L2 or the loader; what was served until now is served on, inside its windows
};
inline constexpr std::size_t refreshed_count = 4;

class read_metrics {
 public:
    struct per_resource {
        prometheus::Counter* l2_hits;
        prometheus::Counter* l2_misses;
        prometheus::Counter* l2_failures;  // L2 could not be asked
        prometheus::Counter* corrupt;      // bytes under the key that are not an entry
        prometheus::Counter* superseded;   // an entry of another definition, or another version's
        prometheus::Counter* loads;        // loader runs that completed
        prometheus::Counter* load_failures;
        prometheus::Counter* fills;          // loads that were stored
        prometheus::Counter* fills_refused;  // the lease was gone: an invalidation came between
        prometheus::Counter* lease_waits;    // flights that waited for another node's load
        prometheus::Counter* fallbacks;      // waits that ran out: loaded without storing
        std::array<prometheus::Counter*, refreshed_count> refreshes;
        prometheus::Counter* key_mismatches;  // loads whose row gives another key than the one asked for
        prometheus::Counter* joins;           // requests answered by a flight that another one started
        prometheus::Histogram* load_seconds;
    };

    read_metrics(prometheus::Registry& registry, const policy& declared);

    const per_resource& of(const resource& what) const { return by_name_.at(what.name); }

 private:
    std::unordered_map<std::string, per_resource> by_name_;
};

}  // namespace weir
