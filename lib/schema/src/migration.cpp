#include "weir/schema/migration.hpp"

#include <utility>

namespace weir {
namespace {

migration_outcome failed(error_code why, const postgres::connection& on) {
    const auto& message = on.last_error().message;
    return {.failure = why, .problem = message.empty() ? why.message() : message, .left = {}};
}

awaitable<migration_outcome> look_for_leftovers(postgres::connection& on, const policy& p, deadline until) {
    auto found = co_await on.exec(leftovers_query(p), until);
    if (!found) co_return failed(found.error(), on);
    migration_outcome outcome;
    for (auto& row : found->rows) outcome.left.push_back(std::move(row[0].value()));
    co_return outcome;
}

}  // namespace

awaitable<migration_outcome> migrate(postgres::connection& on, const policy& p, leftovers others,
                                     deadline until) {
    const auto done = co_await on.exec(migration_script(p, others), until);
    if (done) co_return co_await look_for_leftovers(on, p, until);
    auto outcome = failed(done.error(), on);
    if (on.is_open() && !on.is_busy() && on.is_in_transaction()) co_await on.exec("rollback", until);
    co_return outcome;
}

awaitable<migration_outcome> migrate(postgres::conninfo to, const policy& p, leftovers others,
                                     deadline until) {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    const auto connected = co_await own.connect(std::move(to), until);
    if (!connected) co_return failed(connected.error(), own);
    co_return co_await migrate(own, p, others, until);
}

}  // namespace weir
