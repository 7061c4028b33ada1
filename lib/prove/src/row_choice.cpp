// How the explorer chooses the rows of a table that are changed.
#include "weir/schema/names.hpp"

#include "explorer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::prove {
namespace {

constexpr std::size_t body_bytes_max = 10'000;
constexpr std::size_t rows_max = 10;  // of a table

}  // namespace

awaitable<void> explorer::choose_rows(std::size_t table) {
    constexpr std::size_t questions_max = 3;  // of each resource
    constexpr std::size_t of_each = 1;
    constexpr std::size_t any = 3;
    if (!around_.preparations[table].empty()) {
        around_.rows[table].push_back({around_.samples[table].front(), std::nullopt});
        co_return;
    }
    for (std::size_t i = 0; i < questions_max; ++i) {
        for (const subject& s : around_.subjects) {
            const bool reads = std::find(s.tables.begin(), s.tables.end(), table) != s.tables.end();
            if (!reads || i >= s.focus.size()) continue;
            for (auto& condition : conditions_for(s, s.focus[i], table)) {
                co_await add_rows(table, std::move(condition), of_each, &s.focus[i]);
            }
        }
    }
    co_await add_rows(table, {}, around_.rows[table].size() + any, nullptr);
    if (around_.rows[table].empty() && !database_.is_over()) {
        const auto why = not_made_.find(table);
        evidence_.add_gap(
            "table " + around_.schema.tables[table].name,
            "has no row, and none could be made" +
                (why == not_made_.end()
                     ? ": it needs a row of another such table, or a value of a type that is not known here"
                     : ": " + why->second));
    }
}

// Conditions that find rows which the answer to a question was made of: by the values that were asked for,
// over references from there, and by texts that the answer shows.
std::vector<std::string> explorer::conditions_for(const subject& s, const question& q,
                                                  std::size_t table) const {
    std::vector<std::string> made;
    for (std::size_t p = 0; p < s.sources.size(); ++p) {
        for (const source& one : s.sources[p]) {
            const std::string& column = around_.schema.tables[one.table].columns[one.column].quoted;
            const std::string value = quoted_literal(q.values[p]);
            const auto condition = [&](const std::string& alias) {
                return one.is_element ? fmt::format("{} = any({}.{})", value, alias, column)
                                      : fmt::format("{}.{} = {}", alias, column, value);
            };
            std::string found = one.table == table
                                    ? condition("t")
                                    : joined_condition(around_.schema, one.table, condition("s0"), table);
            if (!found.empty()) made.push_back(std::move(found));
        }
    }
    std::string shown;
    for (const column& c : around_.schema.tables[table].columns) {
        if (c.category != 'S' || q.body.size() > body_bytes_max) continue;
        shown += (shown.empty() ? "(length(t." : " or (length(t.") + c.quoted + ") > 2 and strpos(" +
                 quoted_literal(q.body) + ", to_json(t." + c.quoted + "::text)::text) > 0)";
    }
    if (!shown.empty() && !around_.schema.tables[table].is_large) made.push_back("(" + shown + ")");
    return made;
}

awaitable<void> explorer::add_rows(std::size_t table, std::string condition, std::size_t most,
                                   const question* origin) {
    const bool is_connected = !database_.is_over() && co_await database_.connect();
    if (!is_connected) co_return;
    auto rows =
        co_await find_rows(database_.session(), around_.schema, table, std::move(condition), most, seed_);
    auto& to = around_.rows[table];
    for (row& r : rows) {
        const bool is_known =
            std::any_of(to.begin(), to.end(), [&](const chosen_row& c) { return c.what.where == r.where; });
        if (is_known || to.size() >= rows_max) continue;
        to.push_back({std::move(r), origin != nullptr ? std::optional(*origin) : std::nullopt});
    }
}

}  // namespace weir::prove
