#include "weir/policy/ttl.hpp"

#include "weir/base/hash.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

using fractional_ms = std::chrono::duration<double, std::milli>;

// -ln of the smallest number that a uniform generator of 32 bits returns, and a bit more.
constexpr double exponential_max = 23;

// Returns how long before its expiry the entry is due for this draw.
bool is_within(const entry_facts& e, const ttl_policy& policy, unix_ms now, double exponential) {
    return e.soft_expiry - now <= fractional_ms(e.load_cost) * policy.early_refresh * exponential;
}

}  // namespace

milliseconds jittered(milliseconds ttl, milliseconds jitter, double random01) {
    const double share = std::clamp(random01, 0.0, 1.0);
    const milliseconds extra{static_cast<milliseconds::rep>(static_cast<double>(jitter.count()) * share)};
    return ttl + std::min(extra, jitter);
}

milliseconds life_max(const ttl_policy& policy) {
    const auto window = std::max(policy.stale_while_revalidate, policy.stale_if_error);
    return std::max(policy.ttl + policy.jitter + window, policy.negative_ttl);
}

// Makes an entry. An absence gets no jitter: its TTL is short, and the jitter was declared for the value's.
entry_parts make_entry(const ttl_policy& policy, load_result loaded, unix_ms load_start,
                       microseconds load_cost, double random01) {
    entry_parts e;
    e.load_start = load_start;
    e.load_cost = load_cost;
    milliseconds window{0};
    if (loaded.body) {
        e.soft_expiry = load_start + jittered(policy.ttl, policy.jitter, random01);
        window = std::max(policy.stale_while_revalidate, policy.stale_if_error);
        e.etag = hash128_hex(*loaded.body);
        e.text = *std::move(loaded.body);
        e.content_type = std::move(loaded.content_type);
        e.content_type.resize(std::min(e.content_type.size(), content_type_bytes_max));
    } else {
        e.kind = entry_kind::absence;
        e.soft_expiry = load_start + policy.negative_ttl;
    }
    if (loaded.lifetime) e.soft_expiry = std::min(e.soft_expiry, load_start + *loaded.lifetime);
    e.hard_expiry = e.soft_expiry + window;
    return e;
}

// Judges by the windows that are declared now. The entry may have been stored when they were wider.
serving serving_of(const entry_facts& e, const ttl_policy& policy, unix_ms now) {
    if (now < e.soft_expiry) return serving::fresh;
    if (e.kind == entry_kind::absence || now >= e.hard_expiry) return serving::never;
    if (now < e.soft_expiry + policy.stale_while_revalidate) return serving::while_refreshing;
    return now < e.soft_expiry + policy.stale_if_error ? serving::if_load_fails : serving::never;
}

bool is_due(const entry_facts& e, const ttl_policy& policy, unix_ms now, double random01) {
    return policy.early_refresh > 0 &&
           is_within(e, policy, now, -std::log1p(-std::clamp(random01, 0.0, 1.0)));
}

bool may_be_due(const entry_facts& e, const ttl_policy& policy, unix_ms now) {
    return policy.early_refresh > 0 && is_within(e, policy, now, exponential_max);
}

}  // namespace weir
