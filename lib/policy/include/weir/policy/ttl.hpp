// Decides how long an entry lives, and when it is stale. Pure: the clock and the random number are arguments.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/entry_codec.hpp"
#include "weir/policy/load_result.hpp"

#include <optional>
#include <string>

namespace weir {

struct ttl_policy {
    milliseconds ttl{};
    milliseconds jitter{};  // up to this is added, so that entries filled together do not expire together
    milliseconds negative_ttl{};  // of an absence; zero: absences are not stored

    // RFC 5861: how long after its TTL a value is served while it is refreshed, and when it cannot be loaded.
    // An invalidation deletes a value at once, in its windows as before them.
    milliseconds stale_while_revalidate{};
    milliseconds stale_if_error{};
    double early_refresh = 1;  // XFetch's beta; zero: nothing is refreshed before its TTL has run out
};

// Returns ttl + a share of the jitter. `random01` is in [0, 1), the result in [ttl, ttl + jitter].
milliseconds jittered(milliseconds ttl, milliseconds jitter, double random01);

// Returns how long at most an entry is kept after its load began, windows included.
milliseconds life_max(const ttl_policy& policy);

// Returns the parts of a completed load's entry. `body` is nullopt if the loader found no row.
entry_parts make_entry(const ttl_policy& policy, load_result loaded, unix_ms load_start,
                       microseconds load_cost, double random01);

// How an entry may be served at a moment. An absence has no windows, since it is less certain than a value.
enum class serving {
    fresh,
    while_refreshing,  // past its TTL: at once, and a refresh behind it
    if_load_fails,     // past that as well: only instead of an error
    never,
};
serving serving_of(const entry_facts& e, const ttl_policy& policy, unix_ms now);

// Returns whether a request at `now` should refresh an entry that is still fresh, so that its TTL does not
// run out under load. The more expensive the load and the nearer the expiry, the likelier it is: now + load
// cost * beta * -ln(1 - r) >= soft expiry, with r uniform in [0, 1). XFetch: A. Vattani, F. Chierichetti, K.
// Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015. This spreads the refreshes over
// time. The lease makes sure that only one node refreshes.
bool is_due(const entry_facts& e, const ttl_policy& policy, unix_ms now, double random01);

// Returns whether there is a random number that makes it due. Far from the expiry a hit need not draw one.
bool may_be_due(const entry_facts& e, const ttl_policy& policy, unix_ms now);

}  // namespace weir
