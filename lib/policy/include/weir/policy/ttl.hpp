// How long an entry lives, and what may be done with it when. Pure: clock and random number are arguments.
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

// How an entry may be served at a moment. An absence has no windows: it is the less certain knowledge.
enum class serving {
    fresh,
    while_refreshing,  // past its TTL: at once, and a refresh behind it
    if_load_fails,     // past that as well: only instead of an error
    never,
};
serving serving_of(const entry_facts& e, const ttl_policy& policy, unix_ms now);

// Whether a request at `now` should refresh an entry that is still fresh, so that its TTL does not run out
// under load. The dearer the load and the nearer the expiry the likelier: now + load cost * beta * -ln(1 - r)
// >= soft expiry, with r uniform in [0, 1). XFetch: A. Vattani, F. Chierichetti, K. Lowenstein, "Optimal
// Probabilistic Cache Stampede Prevention", VLDB 2015. It spreads the refreshes over time; the lease sees to
// it that only one node refreshes.
bool is_due(const entry_facts& e, const ttl_policy& policy, unix_ms now, double random01);

// Whether there is a random number that makes it due. Far from the expiry a hit need not draw one.
bool may_be_due(const entry_facts& e, const ttl_policy& policy, unix_ms now);

}  // namespace weir
