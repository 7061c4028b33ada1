#include "table_watch.hpp"

#include "weir/base/log.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace weir::app {
namespace {

constexpr seconds step_timeout{5};  // of a look, and of an invalidation
constexpr milliseconds before_retry{1000};

prometheus::Gauge& unrecorded_gauge(prometheus::Registry& registry) {
    return prometheus::BuildGauge()
        .Name("weir_unrecorded_tables")
        .Help("Declared tables whose triggers are missing or disabled: run weir migrate")
        .Register(registry)
        .Add({});
}

prometheus::Family<prometheus::Counter>& forgotten_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_tables_forgotten_total")
        .Help(
            "Tables of which everything was forgotten, by cause: unrecorded, replaced by another table, "
            "triggers_altered, or rewritten without a record")
        .Register(registry);
}

using cause = table_history::cause;

constexpr std::array all_causes{cause::replaced, cause::triggers_altered, cause::rewritten,
                                cause::unrecorded};

const char* name_of(cause why) {
    switch (why) {
        case cause::replaced:
            return "replaced";
        case cause::triggers_altered:
            return "triggers_altered";
        case cause::rewritten:
            return "rewritten";
        case cause::unrecorded:
            return "unrecorded";
    }
    return "";
}

// Returns what the log says; empty if another line says it.
std::string_view explanation_of(cause why) {
    switch (why) {
        case cause::replaced:
            return "another table has its name, or a partition came or went";
        case cause::triggers_altered:
            return "its triggers were made, disabled or enabled";
        case cause::rewritten:
            return "its rows were written anew and no trigger recorded it: ALTER TABLE, VACUUM FULL or "
                   "CLUSTER";
        case cause::unrecorded:
            return {};
    }
    return {};
}

}  // namespace

table_watch::table_watch(const boost::asio::any_io_executor& executor, milliseconds interval,
                         postgres::pool& from, const policy_handle& declared, invalidation& forgets,
                         const recent_invalidations& recent, prometheus::Registry& registry)
    : pause_(executor),
      interval_(interval),
      pool_(from),
      policy_(declared),
      invalidation_(forgets),
      recent_(recent),
      history_(interval),
      unrecorded_now_(unrecorded_gauge(registry)),
      forgotten_(forgotten_total(registry)) {
    // Each series begins at zero, so that an alarm sees its first increase.
    for (const cause why : all_causes) forgotten_.Add({{"cause", name_of(why)}});
}

awaitable<void> table_watch::run() {
    while (!pause_.is_stopped()) {
        const bool is_done = co_await look();
        const bool goes_on = co_await pause_.wait(is_done ? interval_ : std::min(interval_, before_retry));
        if (!goes_on) co_return;
    }
}

// Returns whether nothing is left to be tried again soon.
awaitable<bool> table_watch::look() {
    const policy_ptr declared = policy_.current();
    const auto states = co_await table_states(pool_, *declared, deadline::in(step_timeout));
    if (!states) co_return false;
    log_unrecorded(*states);
    bool is_done = true;
    const auto at = steady_clock::now();
    const auto due = history_.due(*states, at);
    for (const auto& one : due) {
        const bool is_settled = co_await settle(*declared, one);
        if (is_settled) history_.settle(one.state, at);
        is_done = is_done && is_settled;
    }
    co_return is_done;
}

// Forgets what the table's change reaches, unless its triggers are known to have recorded what happened. A
// TRUNCATE writes the table anew as well, but the relays deliver it.
awaitable<bool> table_watch::settle(const policy& declared, const table_history::due_table& one) {
    if (one.why == cause::rewritten && one.state.is_recorded) {
        const auto is_recorded =
            co_await is_rewrite_recorded(pool_, declared, one.state.table, deadline::in(step_timeout));
        if (is_recorded && *is_recorded) {
            log::info("table_rewritten", {{"table", one.state.table},
                                          {"why", "TRUNCATE, or a change of all rows with an ALTER TABLE"},
                                          {"done", "its triggers recorded it, and the relays deliver it"}});
            co_return true;
        }
    }
    co_return co_await forget(declared, one);
}

// Forgets every resource that the table's change reaches. A table that stays unrecorded is forgotten by every
// node in turn: once for all of them is enough.
awaitable<bool> table_watch::forget(const policy& declared, const table_history::due_table& one) {
    outbox_row all_rows;
    all_rows.image.table = one.state.table;
    all_rows.is_bulk = true;
    const touched names = weir::touched_by(declared, {all_rows});
    const bool may_be_done = one.why == cause::unrecorded && !failed_.contains(one.state.table);
    if (may_be_done && was_forgotten_now(names)) co_return true;
    const auto outcome = co_await invalidation_.run(names, deadline::in(step_timeout));
    if (!outcome.is_complete()) {
        failed_.insert(one.state.table);
        co_return false;
    }
    failed_.erase(one.state.table);
    forgotten_.Add({{"cause", name_of(one.why)}}).Increment();
    if (const auto why = explanation_of(one.why); !why.empty()) {
        log::warn("table_forgotten", {{"table", one.state.table},
                                      {"why", why},
                                      {"done", "all that its change reaches was invalidated"}});
    }
    co_return true;
}

// Returns whether another node, or another cause, has just made this node forget all of these names.
bool table_watch::was_forgotten_now(const touched& names) const {
    const auto since = unix_now() - interval_ / 2;
    return std::all_of(names.tags.begin(), names.tags.end(), [&](const std::string& tag) {
        const auto last = recent_.last(tag);
        return last && *last >= since;
    });
}

// Logs each table when it begins and when it ends to be unrecorded.
void table_watch::log_unrecorded(const std::vector<table_state>& states) {
    std::set<std::string> now;
    for (const table_state& state : states) {
        if (!state.is_recorded) now.insert(state.table);
    }
    for (const std::string& table : now) {
        if (unrecorded_.contains(table)) continue;
        log::error("table_unrecorded",
                   {{"table", table},
                    {"what", "its triggers are missing or disabled, so its changes are not recorded"},
                    {"todo", "run weir migrate"}});
    }
    for (const std::string& table : unrecorded_) {
        if (!now.contains(table)) log::info("table_recorded", {{"table", table}});
    }
    unrecorded_now_.Set(static_cast<double>(now.size()));
    unrecorded_ = std::move(now);
}

}  // namespace weir::app
