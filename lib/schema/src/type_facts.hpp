// Reads the columns of a `facts` query (reads_sql.hpp).
#pragma once

#include "weir/policy/change.hpp"
#include "weir/postgres/connection.hpp"
#include "weir/schema/column_rules.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace weir {

// Reads seven columns from `first` on.
type_facts read_type_facts(const std::vector<postgres::sql_text>& row, std::size_t first);

// Judges a column of a change or of its query; of {tags[]} each element is a value.
std::optional<type_trouble> trouble_of(const row_names::column& column, type_facts facts);

}  // namespace weir
