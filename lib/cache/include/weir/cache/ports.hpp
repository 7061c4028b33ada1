// What the cache needs from the outside, in its own words. lib/adapters implements these with Redis and
// Postgres, tests/support with fakes; one contract suite runs against both.
//
// One object of each per worker, used only on that worker's executor. Arguments are borrowed until the call
// completes. Every call ends by its deadline with errc::timeout at the latest, and at once with
// errc::unavailable while the dependency is known to be away: that is the breaker, and why an outage costs a
// request no waiting.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/base/error.hpp"
#include "weir/base/time.hpp"
#include "weir/policy/invalidation.hpp"
#include "weir/policy/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// What L2 knows of a key. Versions stand in the order of the tags asked for; nothing for a tag that has none.
struct l2_lookup {
    std::optional<std::string> value;
    std::vector<std::optional<std::string>> tag_versions;
};

// The answer to "may I load this key?".
struct lease_reply {
    enum class outcome { granted, busy, present };
    outcome what = outcome::busy;
    std::string value;  // with `present`: what someone stored meanwhile
};

// L2. A lease is a token under lease_key(key); it is trusted by fill() alone, and its absence always rejects.
class l2_store {
 public:
    virtual ~l2_store() = default;

    // Whether it is known to be away, so that every call would fail at once.
    virtual bool is_away() const = 0;

    // The value and the versions of the tags, in one round trip.
    virtual awaitable<result<l2_lookup>> get(const std::string& key, const std::vector<std::string>& tags,
                                             deadline until) = 0;

    // The tags' versions, none of them empty; a tag that has none gets a random one, and one that another
    // caller was faster to make is given as it is. The absence of a version never validates an
    // entry, so losing one (expiry, eviction, an emptied Redis) costs loads and is never stale.
    virtual awaitable<result<std::vector<std::string>>> ensure_versions(const std::vector<std::string>& tags,
                                                                        deadline until) = 0;

    // As if in one step: the stored value if there is one that the caller has not seen, else the lease if it
    // is free, or has this very token. Looking again in the same step is what keeps a caller from loading
    // what was filled since it looked. `seen` is the mark of what it would replace (mark_of() of the stored
    // bytes, which they begin with); empty: it saw nothing.
    virtual awaitable<result<lease_reply>> take_lease(const std::string& key, const std::string& seen,
                                                      const std::string& token, milliseconds lease_ttl,
                                                      deadline until) = 0;

    // Atomically: stores value and ends the lease if the lease still holds token; false if it does not. With
    // a ttl of zero what was stored is deleted instead: the load has shown that it no longer holds, and gave
    // nothing to store.
    virtual awaitable<result<bool>> fill(const std::string& key, const std::string& token,
                                         const std::string& value, milliseconds ttl, deadline until) = 0;

    // Ends the lease if it still holds token.
    virtual awaitable<result<void>> release_lease(const std::string& key, const std::string& token,
                                                  deadline until) = 0;

    // Deletes the value if it is still exactly `seen` (a corrupt entry may have been replaced meanwhile).
    virtual awaitable<result<void>> discard(const std::string& key, const std::string& seen,
                                            deadline until) = 0;

    // Deletes values *and* leases, and the versions of the tags, so that no entry made under them is valid.
    // Success means: all of it. Needs no room in L2.
    virtual awaitable<result<void>> invalidate(const std::vector<std::string>& keys,
                                               const std::vector<std::string>& tags, deadline until) = 0;
};

// Where the truth is read. The snapshot of the read begins after the call does.
class loader {
 public:
    virtual ~loader() = default;

    // The body to serve, or nothing when the query completed and found no row. `values` in the resource's
    // order.
    virtual awaitable<result<std::optional<std::string>>> load(const resource& what,
                                                               const std::vector<std::string>& values,
                                                               deadline until) = 0;
};

struct write_outcome {
    std::optional<std::string> row;       // JSON of the row written; nothing when no row matched
    std::vector<outbox_row> outbox_rows;  // what the triggers recorded in this transaction
};

// Where the truth is written: one transaction per apply(), committed when it returns a value.
class write_store {
 public:
    virtual ~write_store() = default;

    // errc::conflict, errc::constraint: refused by the database; errc::outcome_unknown: lost during COMMIT;
    // anything else: not committed. `values` in the write's order.
    virtual awaitable<result<write_outcome>> apply(const write& what, const std::vector<sql_value>& values,
                                                   deadline until) = 0;

    // The deletes that these rows owed were done.
    virtual awaitable<result<void>> settle(const std::vector<std::int64_t>& outbox_ids, deadline until) = 0;
};

// Rows whose writer did not settle them: it crashed, Redis was away, or it was not Weir that wrote. A settled
// row is retained for as long as an old copy of L2 could bring back what it deleted.
class outbox {
 public:
    using delivery = std::function<awaitable<result<void>>(std::vector<outbox_row>)>;

    virtual ~outbox() = default;

    // Claims up to `most` rows that are due and that nobody else has claimed, calls deliver, and settles them
    // if it succeeded. Returns how many were delivered; 0 means that nothing is due. Several calls may be
    // under way at a time.
    virtual awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                           deadline until) = 0;

    // Whether the L2 server of this identity may be read from. One that was never seen before may hold what
    // was deleted elsewhere (an old dump, a failover): what the retained rows say becomes pending again, once
    // each, and the answer is false until the last of it is delivered. Ask again.
    virtual awaitable<result<bool>> admit(const std::string& identity, deadline until) = 0;

    // Removes up to `most` rows that were settled longer ago than `retention`. Returns how many.
    virtual awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most,
                                                  deadline until) = 0;
};

}  // namespace weir
