#include "weir/adapters/postgres_loader.hpp"

#include "weir/base/log.hpp"

#include <utility>
#include <variant>

namespace weir {
namespace {

result<load_result> body_of(postgres::table rows, const resource& what) {
    if (rows.rows.empty()) return load_result{};
    const bool is_one_value =
        rows.rows.size() == 1 && rows.rows[0].size() == 1 && rows.rows[0][0].has_value();
    if (is_one_value) return load_result{std::move(rows.rows[0][0])};
    log::error("load_is_not_one_value", {{"resource", what.name}, {"rows", rows.rows.size()}});
    return errc::rejected;
}

}  // namespace

awaitable<result<load_result>> postgres_loader::load(const resource& what,
                                                     const std::vector<std::string>& values, context within) {
    const statement& select = std::get<sql_load>(what.from).select;
    std::vector<postgres::sql_text> arguments;
    for (const auto index : select.values) arguments.emplace_back(values[index]);
    auto rows = co_await reads_.query(select.name, select.sql, std::move(arguments), within.until);
    // Without a parameter, no client can have sent the text that Postgres could not read.
    const bool is_sent = !select.values.empty();
    if (!rows && rows.error() == errc::malformed && !is_sent) co_return errc::rejected;
    if (!rows) co_return rows.error();
    co_return body_of(std::move(*rows), what);
}

}  // namespace weir
