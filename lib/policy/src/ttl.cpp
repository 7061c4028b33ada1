#include "weir/policy/ttl.hpp"

#include "weir/base/hash.hpp"

#include <algorithm>

namespace weir {

milliseconds jittered(milliseconds ttl, milliseconds jitter, double random01) {
    const double share = std::clamp(random01, 0.0, 1.0);
    const milliseconds extra{static_cast<milliseconds::rep>(static_cast<double>(jitter.count()) * share)};
    return ttl + std::min(extra, jitter);
}

// An absence gets no jitter: its TTL is short, and the jitter was declared for the value's.
entry make_entry(const ttl_policy& policy, std::optional<std::string> body, unix_ms load_start,
                 microseconds load_cost, double random01) {
    entry e;
    e.load_start = load_start;
    e.load_cost = load_cost;
    if (body) {
        e.soft_expiry = load_start + jittered(policy.ttl, policy.jitter, random01);
        e.etag = hash128_hex(*body);
        e.body = std::move(*body);
    } else {
        e.kind = entry_kind::absence;
        e.soft_expiry = load_start + policy.negative_ttl;
    }
    e.hard_expiry = e.soft_expiry;
    return e;
}

}  // namespace weir
