#include "weir/cache/invalidator.hpp"

#include "weir/base/log.hpp"

namespace weir {
namespace {

// Every row of the table may be refused: a line for each would bury the log.
constexpr seconds between_lines{10};

prometheus::Family<prometheus::Counter>& keys_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_invalidated_keys_total")
        .Help(
            "Keys and tags invalidated after a write, by the relay or by hand; failed: a tier could not be "
            "reached, still owed")
        .Register(registry);
}

prometheus::Family<prometheus::Counter>& refused_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_refused_columns_total")
        .Help(
            "Column values that the resource's parameter refuses: the whole resource was forgotten in place "
            "of a "
            "key")
        .Register(registry);
}

prometheus::Histogram& lag(prometheus::Registry& registry, const char* carrier) {
    return prometheus::BuildHistogram()
        .Name("weir_invalidation_lag_seconds")
        .Help("From the change in the database to no tier of any node holding what it touched")
        .Register(registry)
        .Add({{"carrier", carrier}},
             prometheus::Histogram::BucketBoundaries{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1,
                                                     2.5, 10, 60});
}

}  // namespace

invalidator::invalidator(const policy& declared, invalidated_tiers tiers, milliseconds l2_timeout,
                         prometheus::Registry& registry)
    : policy_(declared),
      tiers_(tiers),
      l2_timeout_(l2_timeout),
      done_(keys_total(registry).Add({{"outcome", "deleted"}})),
      failed_(keys_total(registry).Add({{"outcome", "failed"}})),
      refused_(refused_total(registry)),
      writer_lag_(lag(registry, "writer")),
      relay_lag_(lag(registry, "relay")) {}

touched invalidator::touched_by(const std::vector<outbox_row>& rows) {
    touched names = weir::touched_by(policy_, rows);
    for (const refused_column& what : names.refused) note_refused(what);
    return names;
}

void invalidator::note_refused(const refused_column& what) {
    refused_.Add({{"table", what.table}, {"column", what.column}, {"resource", what.resource}}).Increment();
    const auto now = steady_clock::now();
    const auto [last, is_first] = logged_.try_emplace(what, now);
    if (!is_first && now - last->second < between_lines) return;
    last->second = now;
    log::warn("column_value_refused",
              {{"table", what.table},
               {"column", what.column},
               {"resource", what.resource},
               {"done", "all of the resource was forgotten"},
               {"remedy", "give the parameter the type of the column, or the column that of the parameter"}});
}

awaitable<result<void>> invalidator::invalidate(const touched& names) {
    if (names.empty()) co_return result<void>{};
    const auto forgotten = co_await forget_everywhere(names);
    // Owed, and not acknowledged: but this node need not go on showing what it knows to be old.
    if (!forgotten) forget_here(tiers_.heard, tiers_.first, names.keys, names.tags, tiers_.recent);
    (forgotten ? done_ : failed_).Increment(static_cast<double>(names.keys.size() + names.tags.size()));
    co_return forgotten;
}

awaitable<result<void>> invalidator::forget_everywhere(const touched& names) {
    if (tiers_.second != nullptr) {
        // One command's time for each thousand keys: a statement may have changed every row of a table.
        const auto timeout = l2_timeout_ * static_cast<milliseconds::rep>(1 + names.keys.size() / 1000);
        const auto deleted =
            co_await tiers_.second->invalidate(names.keys, names.tags, deadline::in(timeout));
        if (!deleted) co_return deleted.error();
    }
    if (tiers_.fleet != nullptr) co_return co_await tiers_.fleet->announce(names.keys, names.tags);
    forget_here(tiers_.heard, tiers_.first, names.keys, names.tags, tiers_.recent);
    co_return result<void>{};
}

void invalidator::observe_lag(carrier by, std::chrono::duration<double> lag) {
    (by == carrier::writer ? writer_lag_ : relay_lag_).Observe(lag.count());
}

}  // namespace weir
