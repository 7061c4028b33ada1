// The source of a resource's answer when no tier has it. A new source is one more alternative of `load`, and
// a loader for it. Pure data.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace weir {

// SQL with positional parameters ($1…), made from named ones ({locale}).
struct statement {
    std::string name;                 // unique; names the prepared statement
    std::string sql;                  // as Postgres gets it
    std::vector<std::size_t> values;  // $n takes the owner's value at values[n-1]
};

enum class row_shape { one, many };  // one row: an object or 404; many: an array

struct sql_load {
    row_shape rows = row_shape::one;
    statement select;
};

using load = std::variant<sql_load>;

}  // namespace weir
