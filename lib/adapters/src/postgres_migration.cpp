#include "weir/adapters/postgres_migration.hpp"

#include <utility>

namespace weir {
namespace {

// The number means nothing; it only has to be the same on every node.
constexpr const char* before = "begin; select pg_advisory_xact_lock(7311825614921466); ";
constexpr const char* after = "commit;";

migration_outcome failed(error_code why, const postgres::connection& on) {
    const auto& message = on.last_refusal().message;
    return {.failure = why, .problem = message.empty() ? why.message() : message};
}

}  // namespace

awaitable<migration_outcome> migrate(postgres::connection& on, const policy& p, deadline until) {
    std::string sql = before + migration_sql(p) + after;
    const auto done = co_await on.exec(std::move(sql), until);
    if (done) co_return migration_outcome{};
    auto outcome = failed(done.error(), on);
    if (on.is_open() && !on.is_busy() && on.is_in_transaction()) co_await on.exec("rollback", until);
    co_return outcome;
}

awaitable<migration_outcome> migrate(postgres::conninfo to, const policy& p, deadline until) {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    const auto connected = co_await own.connect(std::move(to), until);
    if (!connected) co_return failed(connected.error(), own);
    co_return co_await migrate(own, p, until);
}

}  // namespace weir
