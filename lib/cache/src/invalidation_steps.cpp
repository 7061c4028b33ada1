#include "weir/cache/invalidation_steps.hpp"

namespace weir {

// Invalidates in L2. Allows one command's time for each thousand keys: a statement may have changed every row
// of a table.
awaitable<result<void>> l2_step::run(const touched& names, context within) {
    const auto timeout = timeout_ * static_cast<milliseconds::rep>(1 + names.keys.size() / 1000);
    co_return co_await l2_.invalidate(names.keys, names.tags, within.at_most(timeout));
}

awaitable<result<void>> fleet_step::run(const touched& names, context within) {
    co_return co_await bus_.announce(names.keys, names.tags, within.until);
}

awaitable<result<void>> local_step::run(const touched& names, context /*within*/) {
    forget_locally(coherence_, l1_, names.keys, names.tags, recent_);
    co_return result<void>{};
}

}  // namespace weir
