#include "weir/schema/migration.hpp"

#include "migration_turn.hpp"
#include "needs.hpp"

#include <utility>

namespace weir {
namespace {

migration_outcome failed_migration(error_code why, const postgres::connection& on) {
    const auto& message = on.last_error().message;
    return {.failure = why, .problem = message.empty() ? why.message() : message, .left = {}};
}

awaitable<migration_outcome> look_for_leftovers(postgres::connection& on, const policy& p, deadline until) {
    auto found = co_await on.exec(leftovers_query(p), until);
    if (!found) co_return failed_migration(found.error(), on);
    migration_outcome outcome;
    for (auto& row : found->rows) outcome.left.push_back(std::move(row[0].value()));
    co_return outcome;
}

// Takes the turn first: another migration may be about to install more.
awaitable<migration_outcome> install_union(postgres::connection& on, const policy& p, leftovers others,
                                           deadline until) {
    const auto begun = co_await on.exec("begin;\n" + turn_sql(), until);
    if (!begun) co_return failed_migration(begun.error(), on);
    const auto needed = co_await needs_of_others(on, until);
    if (!needed) co_return failed_migration(needed.error(), on);
    const policy all = with_needs(p, *needed, others == leftovers::kept);
    const auto done = co_await on.exec(migration_sql(all, others) + "commit;\n", until);
    if (!done) co_return failed_migration(done.error(), on);
    co_return co_await look_for_leftovers(on, all, until);
}

}  // namespace

awaitable<migration_outcome> migrate(postgres::connection& on, const policy& p, leftovers others,
                                     deadline until) {
    auto outcome = co_await install_union(on, p, others, until);
    if (!outcome.failure) co_return outcome;
    if (on.is_open() && !on.is_busy() && on.is_in_transaction()) co_await on.exec("rollback", until);
    co_return outcome;
}

awaitable<migration_outcome> migrate(postgres::conninfo to, const policy& p, leftovers others,
                                     deadline until) {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    const auto connected = co_await own.connect(std::move(to), until);
    if (!connected) co_return failed_migration(connected.error(), own);
    co_return co_await migrate(own, p, others, until);
}

awaitable<migration_outcome> uninstall(postgres::conninfo to, bool is_forced, deadline until) {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    const auto connected = co_await own.connect(std::move(to), until);
    if (!connected) co_return failed_migration(connected.error(), own);
    const auto done = co_await own.exec(removal_script(is_forced), until);
    if (!done) co_return failed_migration(done.error(), own);
    co_return migration_outcome{};
}

}  // namespace weir
