#include "weir/cache/write_path.hpp"

#include "weir/base/log.hpp"

namespace weir {
namespace {

std::vector<std::int64_t> ids_of(const std::vector<outbox_row>& rows) {
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size());
    for (const outbox_row& row : rows) ids.push_back(row.id);
    return ids;
}

// Past it the answer goes out and the relay deletes the same keys once more.
constexpr milliseconds settle_timeout{250};

}  // namespace

awaitable<result<write_receipt>> write_path::apply(const write& what, std::vector<sql_value> values,
                                                   deadline until) {
    auto outcome = co_await store_.apply(what, values, until);
    if (!outcome) co_return outcome.error();

    // Committed. What the triggers recorded in the same transaction is owed from here on, whatever becomes of
    // us.
    write_receipt receipt{.row = std::move(outcome->row), .invalidated = {}, .is_pending = false};
    if (outcome->outbox_rows.empty()) co_return receipt;
    receipt.invalidated = invalidator_.keys_of(outcome->outbox_rows);

    // The request's deadline no longer counts: giving up now would leave for the relay what takes a
    // millisecond.
    const auto deleted = co_await invalidator_.invalidate(receipt.invalidated);
    if (!deleted) {
        receipt.is_pending = true;
        log::warn(
            "invalidation_pending",
            {{"write", what.name}, {"keys", receipt.invalidated.size()}, {"why", deleted.error().message()}});
        co_return receipt;
    }
    const auto ids = ids_of(outcome->outbox_rows);
    const auto settled = co_await store_.settle(ids, deadline::in(settle_timeout));
    if (!settled) log::warn("outbox_not_settled", {{"write", what.name}, {"why", settled.error().message()}});
    co_return receipt;
}

awaitable<result<void>> write_path::invalidate(std::vector<std::string> keys, deadline /*until*/) {
    co_return co_await invalidator_.invalidate(keys);
}

}  // namespace weir
