// Forgets what is cached of a declared table when its changes are not recorded, when another table has taken
// its place, or when its rows were written anew. Then no invalidation tells what changed, so all that the
// table's change reaches is forgotten on every node: within [audit] triggers_interval, and as often as that
// while it lasts.
//
// A background coroutine on the control side. Every node runs one. trigger_watch says whether a node may
// serve.
#pragma once

#include "weir/async/task.hpp"
#include "weir/cache/invalidation.hpp"
#include "weir/cache/recent_invalidations.hpp"
#include "weir/policy/policy_handle.hpp"
#include "weir/postgres/pool.hpp"
#include "weir/schema/table_states.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <set>
#include <string>
#include <vector>

namespace weir::app {

class table_watch {
 public:
    // Makes a watch that looks once in each `interval`. All references outlive it.
    table_watch(const boost::asio::any_io_executor& executor, milliseconds interval, postgres::pool& from,
                const policy_handle& declared, invalidation& forgets, const recent_invalidations& recent,
                prometheus::Registry& registry);

    awaitable<void> run();
    void stop() { pause_.stop(); }

 private:
    awaitable<bool> look();
    awaitable<bool> settle(const policy& declared, const table_history::due_table& one);
    awaitable<bool> forget(const policy& declared, const table_history::due_table& one);
    bool was_forgotten_now(const touched& names) const;
    void log_unrecorded(const std::vector<table_state>& states);

    pause pause_;
    const milliseconds interval_;
    postgres::pool& pool_;
    const policy_handle& policy_;
    invalidation& invalidation_;
    const recent_invalidations& recent_;
    table_history history_;
    std::set<std::string> unrecorded_;  // as they were at the last look
    std::set<std::string> failed_;      // tried in vain: what this node noted of its attempt says nothing
    prometheus::Gauge& unrecorded_now_;
    prometheus::Family<prometheus::Counter>& forgotten_;  // by cause
};

}  // namespace weir::app
