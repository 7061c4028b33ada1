#include "weir/cache/write_path.hpp"

#include "weir/async/task.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/log.hpp"

#include <csignal>
#include <iterator>
#include <utility>

namespace weir {
namespace {

constexpr milliseconds settle_timeout{250};

// Rows whose settling waits for the one under way. Past it they are left to the relay, which deletes the same
// keys once more.
constexpr std::size_t to_settle_max = 10'000;

std::vector<std::string> names_of(const touched& names) {
    std::vector<std::string> all = names.keys;
    all.insert(all.end(), names.tags.begin(), names.tags.end());
    return all;
}

}  // namespace

awaitable<result<write_receipt>> write_path::perform(const write& what, std::vector<sql_value> values,
                                                   context within) {
    auto outcome = co_await store_.commit(what, values, within);
    if (!outcome) co_return outcome.error();

    // Committed. What the triggers recorded in the same transaction is owed from here on, whatever becomes of
    // us.
    const auto committed = steady_clock::now();
    if (fault("crash_after_commit")) std::raise(SIGKILL);
    write_receipt receipt{.row = std::move(outcome->row), .invalidated = {}, .is_pending = false};
    if (outcome->outbox_rows.empty()) co_return receipt;
    const touched names = invalidator_.touched_by(outcome->outbox_rows);
    receipt.invalidated = names_of(names);

    // The request's deadline no longer counts: giving up now would leave for the relay what takes a
    // millisecond.
    const auto deleted = co_await invalidator_.invalidate(names);
    if (!deleted) {
        receipt.is_pending = true;
        log::warn(
            "invalidation_pending",
            {{"write", what.name}, {"keys", receipt.invalidated.size()}, {"why", deleted.error().message()}});
        co_return receipt;
    }
    invalidator_.observe_lag(invalidator::carrier::writer, steady_clock::now() - committed);
    settle_soon(outcome->outbox_rows);
    co_return receipt;
}

// Behind the answer: all that is lost when it fails is a relay's time.
void write_path::settle_soon(const std::vector<outbox_row>& rows) {
    if (to_settle_.size() + rows.size() > to_settle_max) return;
    for (const outbox_row& row : rows) to_settle_.push_back(row.id);
    if (is_settling_) return;
    is_settling_ = true;
    start(executor_, "settle", settle_all());
}

// One statement at a time, for whatever has come together during the one before.
awaitable<void> write_path::settle_all() {
    while (!to_settle_.empty()) {
        const auto ids = std::exchange(to_settle_, {});
        const auto settled = co_await store_.settle(ids, deadline::in(settle_timeout));
        if (!settled)
            log::warn("outbox_not_settled", {{"rows", ids.size()}, {"why", settled.error().message()}});
    }
    is_settling_ = false;
}

awaitable<result<void>> write_path::invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                               context /*within*/) {
    const touched names{std::move(keys), std::move(tags)};
    co_return co_await invalidator_.invalidate(names);
}

}  // namespace weir
