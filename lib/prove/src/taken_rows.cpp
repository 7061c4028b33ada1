#include "taken_rows.hpp"

#include <fmt/format.h>

namespace weir::prove {
namespace {

constexpr std::size_t clearing_depth_max = 3;  // of rows that refer to rows

std::string names_of(const table& t, const std::vector<std::size_t>& columns) {
    std::string made;
    for (const std::size_t i : columns) made += (made.empty() ? "" : ", ") + t.columns[i].quoted;
    return "(" + made + ")";
}

// Adds statements that delete what refers to the rows of a table that fulfil a condition. The last level
// comes first.
void add_clearing(const catalogue& in, std::size_t table, const std::string& condition, std::size_t depth,
                  std::vector<std::string>& to) {
    for (const reference& r : in.references) {
        if (r.is_implied || r.to != table || r.from == table || depth == clearing_depth_max) continue;
        const prove::table& referring = in.tables[r.from];
        const prove::table& referred = in.tables[r.to];
        std::string keys = names_of(referred, r.to_columns);
        keys = keys.substr(1, keys.size() - 2);
        const std::string there =
            fmt::format("{} in (select {} from {} where {})", names_of(referring, r.from_columns), keys,
                        referred.name, condition);
        add_clearing(in, r.from, there, depth + 1, to);
        to.push_back("delete from " + referring.name + " where " + there);
    }
}

}  // namespace

std::vector<std::string> clearing(const catalogue& in, const row& r) {
    std::vector<std::string> made;
    add_clearing(in, r.table, r.where, 0, made);
    return made;
}

std::string taking_out(const catalogue& in, const row& r) {
    const table& t = in.tables[r.table];
    return "select set_config('weir.prove_row', (select t::text from " + t.name + " t where " + r.where +
           "), true); delete from " + t.name + " where " + r.where;
}

trial_write put_back(const catalogue& in, const row& r) {
    const table& t = in.tables[r.table];
    std::string names;
    std::string values;
    for (const column& c : t.columns) {
        if (c.is_generated) continue;
        names += (names.empty() ? "" : ", ") + c.quoted;
        values += (values.empty() ? "(r)." : ", (r).") + c.quoted;
    }
    return {.kind = write_kind::insert,
            .table = r.table,
            .column = 0,
            .preparation = {},
            .statement = "insert into " + t.name + " (" + names + ") overriding system value select " +
                         values + " from (select current_setting('weir.prove_row')::" + t.type +
                         " as r) kept",
            .before = r,
            .after = r};
}

}  // namespace weir::prove
