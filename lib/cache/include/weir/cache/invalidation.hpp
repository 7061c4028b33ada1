// What follows from a change: from the changed rows to the names that they touch, and from the names through
// every step that forgets them. The write path, the relay and the manual invalidation use it alike.
//
// The order of the steps is part of the guarantee. L2 comes first: a node whose L1 forgot before L2 did could
// fill its L1 from L2 again. A step runs only after those before it have succeeded. If one fails, the rows
// that asked for it stay in the outbox, and the relay runs the steps again, from the first one: each is
// idempotent.
//
// One per process, on the control side's executor.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/async/context.hpp"
#include "weir/base/error.hpp"
#include "weir/cache/ports.hpp"
#include "weir/policy/invalidation.hpp"
#include "weir/policy/policy_handle.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace weir {

// One place, or all places of one kind, that must forget. Every step of today delays the acknowledgement of a
// write. One that must not (a CDN) would come last and run behind the answer; the rows would be settled after
// it, so that the relay repeats it.
class invalidation_step {
 public:
    virtual ~invalidation_step() = default;

    // Returns the name for the log and the metrics, a literal.
    virtual std::string_view name() const = 0;

    // Forgets all of `names`. Idempotent. Bounded by itself, and ends by the context's deadline.
    virtual awaitable<result<void>> run(const touched& names, context within) = 0;
};

// What changed rows touch.
struct touched_names {
    touched all;
    // Without what owed rows of other writers touch, which were expanded with them. nullopt: there is none.
    std::optional<touched> own;
};

struct invalidation_outcome {
    error_code why;                // success: every step is done
    std::string_view failed_step;  // empty with success

    bool is_complete() const { return !why; }
};

class invalidation {
 public:
    // Takes the steps in their order, at least one. `local` makes this node forget; it may be one of them.
    // All outlive the object. Without `through`, queries are not asked: each gives its resources' tags.
    invalidation(const policy_handle& declared, std::vector<invalidation_step*> steps,
                 invalidation_step& local, prometheus::Registry& registry, key_expansion* through = nullptr);

    // Returns what these committed rows touch, by their own columns and through queries. Counts and logs each
    // column that gave no key, and each query without an answer, so that a whole resource is forgotten.
    // Bounded by itself. Asks the database only if one of the rows has a through-query.
    awaitable<touched_names> touched_by(std::vector<outbox_row> rows);

    // Runs the steps until one fails or the deadline has passed. A complete outcome means that no tier of any
    // node holds these keys or anything under these tags, nor a lease or a flight that would let an older
    // value in. Idempotent.
    awaitable<invalidation_outcome> run(const touched& names, context within);

    // Counts how long a committed write was visible in the database and not yet everywhere.
    enum class carrier { writer, relay };
    void observe_lag(carrier by, std::chrono::duration<double> lag);

 private:
    awaitable<invalidation_outcome> run_steps(const touched& names, context within);
    awaitable<std::optional<through_found>> expand(const policy& p, const std::vector<outbox_row>& rows);
    void note_refused(const refused_column& what);
    void note_not_expanded(const error_code& why);

    const policy_handle& policy_;
    const std::vector<invalidation_step*> steps_;
    invalidation_step& local_;
    key_expansion* const through_;
    prometheus::Counter& done_;
    prometheus::Counter& failed_;
    prometheus::Family<prometheus::Counter>& step_failures_;
    prometheus::Family<prometheus::Counter>& refused_;
    prometheus::Counter& expanded_;
    prometheus::Counter& not_expanded_;
    steady_clock::time_point not_expanded_logged_{};
    std::map<refused_column, steady_clock::time_point> logged_;  // when each was logged last
    prometheus::Histogram& writer_lag_;
    prometheus::Histogram& relay_lag_;
};

}  // namespace weir
