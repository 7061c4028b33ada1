// The source of a resource's answer when no tier has it. A new source is one more alternative of `load`, and
// a loader for it. Pure data.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

// SQL with positional parameters ($1…), made from named ones ({locale}).
struct statement {
    std::string name;                 // unique; names the prepared statement
    std::string sql;                  // as Postgres gets it
    std::vector<std::size_t> values;  // $n takes the owner's value at values[n-1]
    // The author's SQL alone, with parameters that have no type: Postgres infers what they are compared with.
    std::string untyped_sql{};
};

enum class row_shape { one, many };  // one row: an object or 404; many: an array

struct sql_load {
    row_shape rows = row_shape::one;
    statement select;
    bool is_ordered = false;  // the author's SQL says in which order the rows come
};

using load = std::variant<sql_load>;

// What is asked of a load whatever its kind; a new alternative answers these, too.

// Returns whether a load may complete and find nothing, which is an absence. An array without rows is an
// answer.
inline bool may_find_nothing(const sql_load& from) {
    return from.rows == row_shape::one;
}
inline bool may_find_nothing(const load& from) {
    return std::visit([](const auto& kind) { return may_find_nothing(kind); }, from);
}

// Returns whether two loads may give the rows of an array in another order, although nothing has changed.
inline bool has_free_order(const sql_load& from) {
    return from.rows == row_shape::many && !from.is_ordered;
}
inline bool has_free_order(const load& from) {
    return std::visit([](const auto& kind) { return has_free_order(kind); }, from);
}

// Returns the SQL that a load reads with, or an empty text.
inline std::string_view sql_of(const sql_load& from) {
    return from.select.sql;
}
inline std::string_view sql_of(const load& from) {
    return std::visit([](const auto& kind) { return sql_of(kind); }, from);
}

}  // namespace weir
