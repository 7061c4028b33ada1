#include "weir/schema/migration.hpp"

#include <utility>

namespace weir {
namespace {

migration_outcome failed(error_code why, const postgres::connection& on) {
    const auto& message = on.last_refusal().message;
    return {.failure = why, .problem = message.empty() ? why.message() : message};
}

}  // namespace

awaitable<migration_outcome> migrate(postgres::connection& on, const policy& p, deadline until) {
    const auto done = co_await on.exec(migration_script(p), until);
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
