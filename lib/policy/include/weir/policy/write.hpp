// A declared write: a route of the admin listener and the statements that it runs in one transaction. The
// changes of its tables say which keys it invalidates; the write never does. Pure data.
#pragma once

#include "weir/policy/route.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir {

// A column that one statement of a write returns and that a later one takes as a value.
struct result_column {
    std::size_t statement = 0;  // its index in the write
    std::string name;
};

// A statement that changes one table. With RETURNING it is wrapped: the first column of its result is the
// returned row as JSON, the others are the write's results that it gives, as Postgres types them.
struct write_statement {
    std::string name;                 // unique; names the prepared statement
    std::string sql;                  // as Postgres gets it
    std::vector<std::size_t> values;  // $n takes values[n-1]: a parameter, or behind them one of the results
    std::string table{};              // of the write's tables the one that it changes
    bool returns = true;              // has RETURNING. Then it must find a row, otherwise the write is undone
    std::vector<std::size_t> gives{};  // indices of the write's results, in the order of the columns
};

struct write : route {
    write() { method = route_method::post; }

    std::vector<std::string> tables;          // each has a declared change
    std::vector<write_statement> statements;  // run in this order; the last one that returns gives the row
    std::vector<result_column> results;
    unsigned success_status = 200;  // 201 for a create
};

}  // namespace weir
