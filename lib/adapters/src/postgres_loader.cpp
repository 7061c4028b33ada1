#include "weir/adapters/postgres_loader.hpp"

#include "weir/base/log.hpp"

#include <utility>

namespace weir {
namespace {

result<std::optional<std::string>> body_of(postgres::table rows, const resource& what) {
    if (rows.rows.empty()) return std::optional<std::string>{};
    const bool is_one_value =
        rows.rows.size() == 1 && rows.rows[0].size() == 1 && rows.rows[0][0].has_value();
    if (is_one_value) return std::move(rows.rows[0][0]);
    log::error("load_is_not_one_value", {{"resource", what.name}, {"rows", rows.rows.size()}});
    return errc::rejected;
}

}  // namespace

awaitable<result<std::optional<std::string>>> postgres_loader::load(const resource& what,
                                                                    const std::vector<std::string>& values,
                                                                    deadline until) {
    std::vector<postgres::sql_text> arguments;
    for (const auto index : what.load.values) arguments.emplace_back(values[index]);
    for (bool may_retry = true;; may_retry = false) {
        // Half of the time is for waiting: a query that starts with none left would be given up half done,
        // and its connection with it, which under overload leaves less capacity, not more.
        auto connection = co_await pool_.acquire(until.at_most(until.left() / 2));
        if (!connection) co_return connection.error();
        auto rows = co_await (*connection)->query(what.load.name, what.load.sql, arguments, until);
        if (rows) co_return body_of(std::move(*rows), what);
        // The server had closed a pooled connection and the notice had not reached us. A read may simply be
        // read again.
        const bool was_dead = !(*connection)->is_open() && connection->is_reused();
        if (!was_dead || !may_retry) co_return rows.error();
    }
}

}  // namespace weir
