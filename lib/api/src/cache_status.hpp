// Describes an answer's freshness: Cache-Status (RFC 9211), Age and Cache-Control (RFC 9111). Pure.
#pragma once

#include "weir/cache/answer.hpp"
#include "weir/l1/entry.hpp"
#include "weir/policy/policy.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace weir::api {

// How a GET of a resource ended: the label of metrics and of the access log.
enum class outcome {
    hit,
    degraded,        // a hit that may be out of date: L2 is away (degraded_ttl)
    stale,           // past its TTL, and refreshed meanwhile
    stale_if_error,  // past its TTL, because it could not be loaded
    miss,
    collapsed,
    absent_hit,
    absent_miss,
    absent_collapsed,
    bypass,
    error,
};

inline constexpr std::array<std::string_view, 11> outcome_names = {
    "hit",         "degraded",         "stale",  "stale_if_error", "miss", "collapsed", "absent_hit",
    "absent_miss", "absent_collapsed", "bypass", "error"};

inline std::string_view name(outcome o) {
    return outcome_names[static_cast<std::size_t>(o)];
}

outcome outcome_of(const answer& a);

// Returns the value of Cache-Status, such as "weir; hit; ttl=297; detail=l2". A stale answer has fwd=stale
// (RFC 9211, 2.2), since it was forwarded or was meant to be. Its ttl is negative (2.4).
std::string cache_status(const answer& a, unix_ms now);
void add_cache_status(const answer& a, unix_ms now, std::string& to);

// Returns the whole seconds since the load began. Never negative, even if the clocks of two nodes differ.
seconds age_of(const entry_facts& e, unix_ms now);

// Returns whether clients may keep copies, which no invalidation reaches.
inline bool grants_copies(const cacheable& c) {
    return c.max_age.has_value() || c.s_maxage.has_value();
}

// Returns the value of Cache-Control: `public, no-cache` unless the resource opted in to copies. A client
// subtracts Age from max-age. So max-age is age + min(declared, left): from now a copy lives as long as
// declared, and never longer than the entry itself.
std::string cache_control(const cacheable& c, const entry_facts& e, unix_ms now);

// The value of Cache-Control of a resource that is never cached.
inline constexpr std::string_view private_cache_control = "private, no-store";

}  // namespace weir::api
