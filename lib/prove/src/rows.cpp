#include "rows.hpp"

#include "weir/schema/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::prove {
namespace {

constexpr milliseconds look_time_max{500};  // for a look at rows; it changes nothing
constexpr double sampled_rows = 2'000;      // of a large table, which are then sorted
constexpr std::size_t path_length_max = 4;

std::string text_of(const column& c, std::size_t bytes) {
    return "left(t." + c.quoted + "::text, " + std::to_string(bytes) + ")";
}

std::string select_list(const table& t) {
    std::string list;
    for (const column& c : t.columns) {
        const bool is_in_where = std::find(t.key.begin(), t.key.end(), &c - t.columns.data()) != t.key.end();
        list += (list.empty() ? "" : ", ") +
                (is_in_where ? "t." + c.quoted + "::text" : text_of(c, value_bytes_max + 1));
    }
    return list;
}

std::string where_of(const table& t, const std::vector<cell>& values) {
    std::string where;
    for (const std::size_t i : t.key) {
        where += (where.empty() ? "" : " and ") + t.columns[i].quoted + " = " +
                 quoted_literal(values[i].value_or(""));
    }
    return where;
}

// A step of a path from table to table.
struct hop {
    const reference* over = nullptr;
    bool is_forward = false;  // from the referring table to the one that is referred to
    std::size_t before = 0;   // the hop before it, or none for the first table
    std::size_t table = 0;
};

std::vector<const hop*> path_between(const catalogue& in, std::size_t from, std::size_t to,
                                     std::vector<hop>& hops) {
    std::vector<bool> is_seen(in.tables.size());
    hops.push_back({.table = from});
    is_seen[from] = true;
    for (std::size_t at = 0; at < hops.size() && hops[at].table != to; ++at) {
        for (const reference& r : in.references) {
            for (const bool is_forward : {true, false}) {
                const std::size_t here = is_forward ? r.from : r.to;
                const std::size_t there = is_forward ? r.to : r.from;
                if (here != hops[at].table || is_seen[there]) continue;
                is_seen[there] = true;
                hops.push_back({&r, is_forward, at, there});
            }
        }
    }
    std::vector<const hop*> path;
    const auto end = std::find_if(hops.begin(), hops.end(), [&](const hop& h) { return h.table == to; });
    if (end == hops.end()) return path;
    for (const hop* h = &*end; h->over != nullptr; h = &hops[h->before]) path.insert(path.begin(), h);
    return path;
}

std::string join_text(const catalogue& in, const hop& h, const std::string& left, const std::string& right) {
    std::string text;
    const auto& near = h.is_forward ? h.over->from_columns : h.over->to_columns;
    const auto& far = h.is_forward ? h.over->to_columns : h.over->from_columns;
    const table& near_table = in.tables[h.is_forward ? h.over->from : h.over->to];
    const table& far_table = in.tables[h.table];
    for (std::size_t i = 0; i < near.size(); ++i) {
        text += fmt::format("{}{}.{} = {}.{}", i > 0 ? " and " : "", left, near_table.columns[near[i]].quoted,
                            right, far_table.columns[far[i]].quoted);
    }
    return text;
}

}  // namespace

std::string limits_sql(milliseconds statement, milliseconds lock) {
    return "select set_config('statement_timeout', '" + std::to_string(statement.count()) +
           "', true), set_config('lock_timeout', '" + std::to_string(lock.count()) + "', true)";
}

awaitable<std::vector<row>> find_rows(postgres::connection& on, const catalogue& from, std::size_t table,
                                      std::string condition, std::size_t most, std::uint64_t seed) {
    const prove::table& t = from.tables[table];
    std::string sql = limits_sql(look_time_max, look_time_max) + std::string(read_only_sql) +
                      "; select t.ctid::text, t.tableoid::text, " + select_list(t) + " from " + t.name + " t";
    if (!condition.empty()) {
        sql += " where " + condition;
    } else if (t.is_large) {
        sql += " tablesample system (" + std::to_string(100 * sampled_rows / t.rows) + ") repeatable (" +
               std::to_string(seed % 1'000'000) + ")";
    }
    // The rows that fulfil a condition are not sorted where they may be too many for it.
    if (condition.empty() || !t.is_large) {
        sql += " order by md5(t::text || " + quoted_literal(std::to_string(seed)) + ")";
    }
    sql += " limit " + std::to_string(most);
    auto found = co_await on.exec(sql, deadline::in(look_time_max * 2));
    std::vector<row> rows;
    if (!found) co_return rows;
    for (auto& cells : found->rows) {
        row one{.table = table,
                .values = {std::make_move_iterator(cells.begin() + 2), std::make_move_iterator(cells.end())},
                .where = {}};
        one.where = t.key.empty() ? "ctid = " + quoted_literal(*cells[0]) + " and tableoid = " + *cells[1]
                                  : where_of(t, one.values);
        rows.push_back(std::move(one));
    }
    co_return rows;
}

std::string joined_condition(const catalogue& in, std::size_t from, const std::string& start,
                             std::size_t to) {
    std::vector<hop> hops;
    hops.reserve(in.tables.size() + 1);
    const auto path = path_between(in, from, to, hops);
    if (path.empty() || path.size() > path_length_max) return {};
    std::string tables = in.tables[from].name + " s0";
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const std::string alias = "s" + std::to_string(i + 1);
        tables += " join " + in.tables[path[i]->table].name + ' ' + alias + " on " +
                  join_text(in, *path[i], "s" + std::to_string(i), alias);
    }
    return "exists (select from " + tables + " where " + start + " and " +
           join_text(in, *path.back(), "s" + std::to_string(path.size() - 1), "t") + ")";
}

}  // namespace weir::prove
