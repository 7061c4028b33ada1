#include "weir/cache/invalidation.hpp"

#include "weir/base/log.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir {
namespace {

// Every row of a table may be refused, and a line for each would flood the log.
constexpr seconds between_lines{10};

// How long a committed write may wait for its through-queries. After it whole resources are forgotten.
constexpr milliseconds expansion_timeout{1000};

prometheus::Family<prometheus::Counter>& keys_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_invalidated_keys_total")
        .Help(
            "Keys and tags invalidated after a write, by the relay or by hand; failed: a step failed, and "
            "the relay repeats it, except by hand")
        .Register(registry);
}

prometheus::Family<prometheus::Counter>& step_failures_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_invalidation_step_failures_total")
        .Help("Invalidations that ended early, by the step that failed")
        .Register(registry);
}

prometheus::Family<prometheus::Counter>& refused_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_refused_columns_total")
        .Help(
            "Column values that the resource's parameter refuses; the whole resource was invalidated "
            "instead of a key")
        .Register(registry);
}

prometheus::Family<prometheus::Counter>& expansions_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_through_expansions_total")
        .Help(
            "Invalidations that asked the database which keys changed rows reach; whole: it gave no answer, "
            "and "
            "whole resources were invalidated")
        .Register(registry);
}

prometheus::Histogram& lag(prometheus::Registry& registry, const char* carrier) {
    return prometheus::BuildHistogram()
        .Name("weir_invalidation_lag_seconds")
        .Help("From a change in the database until no tier of any node holds what it touched")
        .Register(registry)
        .Add({{"carrier", carrier}},
             prometheus::Histogram::BucketBoundaries{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1,
                                                     2.5, 10, 60});
}

}  // namespace

invalidation::invalidation(const policy_handle& declared, std::vector<invalidation_step*> steps,
                           invalidation_step& local, prometheus::Registry& registry, key_expansion* through)
    : policy_(declared),
      steps_(std::move(steps)),
      local_(local),
      through_(through),
      done_(keys_total(registry).Add({{"outcome", "deleted"}})),
      failed_(keys_total(registry).Add({{"outcome", "failed"}})),
      step_failures_(step_failures_total(registry)),
      refused_(refused_total(registry)),
      expanded_(expansions_total(registry).Add({{"outcome", "keys"}})),
      not_expanded_(expansions_total(registry).Add({{"outcome", "whole"}})),
      writer_lag_(lag(registry, "writer")),
      relay_lag_(lag(registry, "relay")) {
    assert(!steps_.empty() && std::count(steps_.begin(), steps_.end(), nullptr) == 0);
    // Each series begins at zero, so that an alarm sees its first increase.
    for (const invalidation_step* step : steps_) step_failures_.Add({{"step", std::string{step->name()}}});
}

awaitable<touched_names> invalidation::touched_by(std::vector<outbox_row> rows) {
    const policy_ptr p = policy_.current();
    const bool asks = owed_rows_max(*p, rows) > 0;
    std::optional<through_found> found;
    if (asks) found = co_await expand(*p, rows);
    touched_names names;
    if (found && !found->owed.empty()) names.own = touched_by_own(*p, rows, *found);
    names.all = asks ? weir::touched_by(*p, std::move(rows), std::move(found)) : weir::touched_by(*p, rows);
    for (const refused_column& what : names.all.refused) note_refused(what);
    co_return names;
}

awaitable<std::optional<through_found>> invalidation::expand(const policy& p,
                                                             const std::vector<outbox_row>& rows) {
    if (through_ == nullptr) co_return std::nullopt;
    auto found = co_await through_->expand(p, rows, deadline::in(expansion_timeout));
    (found ? expanded_ : not_expanded_).Increment();
    if (found) co_return std::move(*found);
    note_not_expanded(found.error());
    co_return std::nullopt;
}

void invalidation::note_not_expanded(const error_code& why) {
    const auto now = steady_clock::now();
    if (now - not_expanded_logged_ < between_lines) return;
    not_expanded_logged_ = now;
    log::warn("through_not_answered",
              {{"why", why.message()},
               {"done", "the resources that the queries reach were invalidated as a whole"},
               {"remedy", "see why the SQL of [[change.….through]] failed, or make it faster"}});
}

void invalidation::note_refused(const refused_column& what) {
    refused_.Add({{"table", what.table}, {"column", what.column}, {"resource", what.resource}}).Increment();
    const auto now = steady_clock::now();
    const auto [last, is_first] = logged_.try_emplace(what, now);
    if (!is_first && now - last->second < between_lines) return;
    last->second = now;
    log::warn("column_value_refused",
              {{"table", what.table},
               {"column", what.column},
               {"resource", what.resource},
               {"done", "the whole resource was invalidated"},
               {"remedy", "run weir migrate; or give the parameter the type of the column, or the reverse"}});
}

awaitable<invalidation_outcome> invalidation::run(const touched& names, context within) {
    if (names.empty()) co_return invalidation_outcome{};
    const auto outcome = co_await run_steps(names, within);
    const auto count = static_cast<double>(names.keys.size() + names.tags.size());
    if (outcome.is_complete()) {
        done_.Increment(count);
        co_return outcome;
    }
    failed_.Increment(count);
    step_failures_.Add({{"step", std::string{outcome.failed_step}}}).Increment();
    // The names are owed, and the write is not acknowledged. But this node need not go on serving what it
    // knows to be old.
    co_await local_.run(names, context::without_end());
    co_return outcome;
}

awaitable<invalidation_outcome> invalidation::run_steps(const touched& names, context within) {
    for (invalidation_step* step : steps_) {
        if (within.until.passed()) co_return invalidation_outcome{errc::timeout, step->name()};
        const auto done = co_await step->run(names, within);
        if (!done) co_return invalidation_outcome{done.error(), step->name()};
    }
    co_return invalidation_outcome{};
}

void invalidation::observe_lag(carrier by, std::chrono::duration<double> lag) {
    (by == carrier::writer ? writer_lag_ : relay_lag_).Observe(lag.count());
}

}  // namespace weir
