// Rows for tables that have none: plain values of each column's type. Pure text.
#pragma once

#include "writes.hpp"

#include <optional>
#include <vector>

namespace weir::prove {

struct made_row {
    std::vector<std::string> statements;  // the rows that it refers to first
    row made;
};

// Makes a row, with the rows that it refers to where their tables are empty as well. `statements` has those
// that were made before, of each table. Returns nullopt if a column needs a value of a type that is not known
// here. The database may still refuse the row: then another `way`, below ways_to_make, makes another one.
inline constexpr std::size_t ways_to_make = 3;
std::optional<made_row> make_row(const catalogue& in, const std::vector<std::vector<row>>& samples,
                                 const std::vector<std::vector<std::string>>& statements, std::size_t table,
                                 std::size_t way = 0);

// Adds the statements that are not there yet.
void add_statements(std::vector<std::string>& to, const std::vector<std::string>& more);

}  // namespace weir::prove
