// Rows for tables that have none: plain values of each column's type. Pure text.
#pragma once

#include "writes.hpp"

#include <optional>
#include <vector>

namespace weir::prove {

// Returns a value that most columns of the type take. Returns nullopt for a type that is not known here.
std::optional<std::string> plain_value(const column& c);

// Makes a row, with the rows that it refers to where their tables are empty as well. Returns nullopt if a
// column needs a value of a type that is not known here. The database may still refuse the row.
std::optional<copied_row> made_row(const catalogue& in, const std::vector<std::vector<row>>& samples,
                                   std::size_t table);

}  // namespace weir::prove
