// What the cache needs from the outside, in its own words. lib/adapters implements these ports with Redis and
// Postgres, tests/support with fakes. One contract suite runs against both.
//
// One object of each for every executor that calls it: a worker's l2_store and loader, and the control side's
// own l2_store and loader beside its write_store and outbox. Arguments are borrowed until the call completes.
//
// Every call ends by its context's deadline, with errc::timeout at the latest. While the dependency is known
// to be away it ends at once with errc::unavailable: that is the breaker, and why an outage costs a request
// no waiting.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/async/context.hpp"
#include "weir/base/error.hpp"
#include "weir/base/time.hpp"
#include "weir/policy/invalidation.hpp"
#include "weir/policy/load_result.hpp"
#include "weir/policy/policy.hpp"
#include "weir/policy/through.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// What L2 knows of a key.
struct l2_lookup {
    std::optional<std::string> value;
    std::vector<std::optional<std::string>> tag_versions;  // in the order of the tags; nullopt: it has none
};

// The answer to "may I load this key?".
struct lease_reply {
    enum class outcome { granted, busy, present };
    outcome what = outcome::busy;
    std::string value;  // with `present`: what another flight stored meanwhile
};

// L2. A lease is a token under lease_key(key). Only fill() trusts it, and its absence always rejects.
class l2_store {
 public:
    virtual ~l2_store() = default;

    // Returns true while L2 is known to be away, so that every call would fail at once.
    virtual bool is_away() const = 0;

    // Reads the value and the versions of the tags, in one round trip.
    virtual awaitable<result<l2_lookup>> get(const std::string& key, const std::vector<std::string>& tags,
                                             context within) = 0;

    // Returns the tags' versions, none of them empty. A tag that has none gets a random one, unless another
    // caller was faster to make one. The absence of a version never validates an entry, so losing one
    // (expiry, eviction, an emptied Redis) costs loads and is never stale.
    virtual awaitable<result<std::vector<std::string>>> ensure_versions(const std::vector<std::string>& tags,
                                                                        context within) = 0;

    // Takes the lease, as if in one step. Returns the stored value if there is one that the caller has not
    // seen. Otherwise grants the lease if it is free or has this very token. Looking again in the same step
    // keeps a caller from loading what was filled since it looked. `seen` is the mark of what it would
    // replace (mark_of() of the stored bytes, which they begin with). It is empty if the caller saw nothing.
    virtual awaitable<result<lease_reply>> take_lease(const std::string& key, const std::string& seen,
                                                      const std::string& token, milliseconds lease_ttl,
                                                      context within) = 0;

    // Stores the value and ends the lease, atomically, if the lease still holds token. Returns false if it
    // does not. With a ttl of zero the stored value is deleted instead: the load has shown that it no longer
    // holds, and gave nothing to store.
    virtual awaitable<result<bool>> fill(const std::string& key, const std::string& token,
                                         const std::string& value, milliseconds ttl, context within) = 0;

    // Ends the lease if it still holds token.
    virtual awaitable<result<void>> release_lease(const std::string& key, const std::string& token,
                                                  context within) = 0;

    // Deletes the value if it is still exactly `seen` (a corrupt entry may have been replaced meanwhile).
    virtual awaitable<result<void>> discard(const std::string& key, const std::string& seen,
                                            context within) = 0;

    // Deletes values *and* leases, and the versions of the tags, so that no entry made under them is valid.
    // Success means: all of it. Needs no room in L2.
    virtual awaitable<result<void>> invalidate(const std::vector<std::string>& keys,
                                               const std::vector<std::string>& tags, context within) = 0;
};

// Where the truth is read. The snapshot of the read begins after the call does.
class loader {
 public:
    virtual ~loader() = default;

    // Returns what was found, with a body of nullopt if the load completed and found nothing. `values` stand
    // in the resource's order.
    virtual awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values,
                                                context within) = 0;
};

struct write_outcome {
    std::optional<std::string> row;       // JSON of the row written; nullopt if no row matched
    std::vector<outbox_row> outbox_rows;  // what the triggers recorded in this transaction
};

// A live consumer that has not marked a row.
struct missing_mark {
    std::int64_t outbox_id = 0;
    int consumer = 0;
};

// Why a write was not done.
struct write_failure {
    write_failure() = default;
    write_failure(error_code failure)
        : why(failure) {}                          // NOLINT(google-explicit-constructor): no more to say
    write_failure(errc failure) : why(failure) {}  // NOLINT(google-explicit-constructor)
    write_failure(errc failure, std::string said, bool is_raised)
        : why(failure), reason(std::move(said)), is_reason_complete(is_raised) {}

    std::string message() const { return why.message(); }
    friend bool operator==(const write_failure& a, errc b) { return a.why == b; }

    error_code why;
    // For the client, from the database: what the write broke, by its name in the schema. Empty: there is no
    // more to say than `why`.
    std::string reason;
    bool is_reason_complete = false;  // a message that was raised for the client: it stands alone
};

[[noreturn]] inline void throw_exception_from_error(const write_failure& failure,
                                                    const boost::source_location& /*at*/) {
    throw boost::system::system_error(failure.why);
}

template <class T>
using write_result = boost::system::result<T, write_failure>;

// Where the truth is written: one transaction for each commit().
class write_store {
 public:
    virtual ~write_store() = default;

    // Runs the write. A value means that it is committed, or that it found no row and left nothing.
    // errc::conflict, errc::constraint and errc::forbidden: the database refused it. errc::outcome_unknown:
    // the connection was lost during COMMIT. Any other error: not committed. `values` are those of the
    // write's parameters.
    virtual awaitable<write_result<write_outcome>> commit(const write& what,
                                                          const std::vector<sql_value>& values,
                                                          context within) = 0;

    // Marks these outbox rows: what they owed this consumer was done. A row is settled once every live
    // consumer that declares its table has marked it.
    virtual awaitable<result<void>> settle(const std::vector<std::int64_t>& outbox_ids, context within) = 0;

    // Returns which of these rows other live consumers have not marked yet, by a snapshot that begins after
    // the call does.
    virtual awaitable<result<std::vector<missing_mark>>> missing_marks(
        const std::vector<std::int64_t>& outbox_ids, context within) = 0;
};

// What a consumer tells of itself. All nodes of one consumer tell the same.
struct consumer_facts {
    std::string name;          // differs between consumers
    std::string description;   // for operators
    std::string needs;         // JSON: for each declared table, the columns and the bulk_rows of its change
    milliseconds retention{};  // how long it needs settled rows
    milliseconds lifetime{};   // of a registration that is not renewed
};

// A registration that stands.
struct registration {
    int id = 0;
    std::int64_t incarnation = 1;  // another one: the registration had lapsed, and rows may have been missed
    bool is_open = false;          // this incarnation has forgotten everything that came before it
    milliseconds left{};           // of its life when it was read, by the database's clock
    bool has_others = false;       // other consumers are alive that declare one of the same tables
    // The row that has been owed to this consumer for longest, by its id. Zero: none, or there are no others
    // that could wait for it.
    std::int64_t oldest_owed = 0;
};

// Finds what changed rows reach through the queries of their changes (policy/through.hpp has the rule).
class key_expansion {
 public:
    virtual ~key_expansion() = default;

    // Returns what one snapshot shows, which begins after the call does. The answers are those to the
    // questions of `rows` and of the owed rows together. errc::overloaded: more rows are owed than are worth
    // expanding. With any error it is not known what the rows reach.
    virtual awaitable<result<through_found>> expand(const policy& p, const std::vector<outbox_row>& rows,
                                                    context within) = 0;
};

// The rows that a write did not settle: its node crashed, Redis was away, or the write bypassed Weir. A
// settled row is retained for as long as an old copy of L2 could bring back what it deleted.
//
// Claims, marks, replays and admitted identities are those of one consumer, which enter() makes known.
class outbox {
 public:
    using delivery = std::function<awaitable<result<void>>(std::vector<outbox_row>)>;

    virtual ~outbox() = default;

    // Registers the consumer, or renews its registration. Every later call acts for it. Every row that is
    // committed after a registration is owed to it until it has marked the row.
    virtual awaitable<result<registration>> enter(const consumer_facts& as, context within) = 0;

    // Notes that everything was forgotten since this incarnation began, on the L2 servers of `identities`
    // too: they need no replay. Returns false if another incarnation has begun since.
    virtual awaitable<result<bool>> open(const std::vector<std::string>& identities, context within) = 0;

    // Shortens the registration to `left`, unless another node of this consumer renews it: a node ends.
    virtual awaitable<result<void>> leave(milliseconds left, context within) = 0;

    // Claims up to `most` rows that are due to this consumer and unclaimed, calls deliver, and marks them if
    // it succeeded. Returns how many were delivered; 0 means that nothing is due. Several calls may be under
    // way at a time.
    virtual awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                           context within) = 0;

    // Returns whether the L2 server of this identity may be read from. One that was never seen before may
    // hold what was deleted elsewhere (an old dump, a failover). Then the retained rows become pending again,
    // once each, and the answer is false until the last of them is delivered. Ask again.
    virtual awaitable<result<bool>> admit(const std::string& identity, context within) = 0;

    // Removes up to `most` rows that were settled longer ago than `retention`, and than other live consumers
    // need. Settles up to as many that wait for no live consumer any more. Each is done even where the other
    // fails. Returns the larger number.
    virtual awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most,
                                                  context within) = 0;
};

}  // namespace weir
