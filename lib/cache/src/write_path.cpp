#include "weir/cache/write_path.hpp"

#include "weir/async/task.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/log.hpp"

#include <cassert>
#include <csignal>
#include <iterator>
#include <utility>

namespace weir {
namespace {

constexpr milliseconds settle_timeout{250};

// How many rows may wait for the settling under way. The relay takes those beyond it, and deletes the same
// keys once more.
constexpr std::size_t to_settle_max = 10'000;

std::vector<std::string> names_of(const touched& names) {
    std::vector<std::string> all = names.keys;
    all.insert(all.end(), names.tags.begin(), names.tags.end());
    return all;
}

}  // namespace

awaitable<write_result<write_receipt>> write_path::perform(const write& what, std::vector<sql_value> values,
                                                           context within) {
    auto outcome = co_await store_.commit(what, values, within);
    if (!outcome) co_return outcome.error();

    // Committed. What the triggers recorded in the same transaction is owed from here on, even if this
    // process ends now.
    const auto committed = steady_clock::now();
    if (fault("crash_after_commit")) std::raise(SIGKILL);
    write_receipt receipt{.row = std::move(outcome->row), .invalidated = {}, .is_pending = false};
    if (outcome->outbox_rows.empty()) co_return receipt;
    const touched_names names = co_await invalidation_.touched_by(outcome->outbox_rows);
    receipt.invalidated = names_of(names.own ? *names.own : names.all);

    // The request's deadline no longer counts: giving up now would leave to the relay what takes a
    // millisecond.
    const auto forgotten = co_await invalidation_.run(names.all, context::without_end());
    if (!forgotten.is_complete()) {
        receipt.is_pending = true;
        log::warn("invalidation_pending", {{"write", what.name},
                                           {"keys", receipt.invalidated.size()},
                                           {"step", forgotten.failed_step},
                                           {"why", forgotten.why.message()}});
        co_return receipt;
    }
    settle_soon(outcome->outbox_rows);
    bool have_others_marked = true;
    if (others_ != nullptr) have_others_marked = co_await others_->wait(outcome->outbox_rows);
    if (!have_others_marked) {
        receipt.is_pending = true;
        log::warn("invalidation_pending", {{"write", what.name}, {"step", "consumers"}});
        co_return receipt;
    }
    invalidation_.observe_lag(invalidation::carrier::writer, steady_clock::now() - committed);
    co_return receipt;
}

// Settles behind the answer. If it fails, the relay delivers the rows once more.
void write_path::settle_soon(const std::vector<outbox_row>& rows) {
    if (to_settle_.size() + rows.size() > to_settle_max) return;
    for (const outbox_row& row : rows) to_settle_.push_back(row.id);
    if (is_settling_) return;
    is_settling_ = true;
    start(executor_, "settle", settle_all());
}

// Runs one statement at a time, for all rows that came together during the one before.
awaitable<void> write_path::settle_all() {
    assert(is_settling_);
    try {
        while (!to_settle_.empty()) {
            const auto ids = std::exchange(to_settle_, {});
            const auto settled = co_await store_.settle(ids, deadline::in(settle_timeout));
            if (!settled)
                log::warn("outbox_not_settled", {{"rows", ids.size()}, {"why", settled.error().message()}});
        }
    } catch (...) {
        is_settling_ = false;  // or no later write would be settled
        throw;
    }
    is_settling_ = false;
}

awaitable<result<void>> write_path::invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                               context within) {
    const touched names{std::move(keys), std::move(tags)};
    const auto forgotten = co_await invalidation_.run(names, within);
    if (!forgotten.is_complete()) co_return forgotten.why;
    co_return result<void>{};
}

}  // namespace weir
