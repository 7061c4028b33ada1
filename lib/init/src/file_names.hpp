// Which names of the database the file can say, and how. Pure.
#pragma once

#include <string_view>

namespace weir::init {

// Returns whether a change may name such a table, or a table of such a schema.
bool is_table_name(std::string_view name);

// Returns whether a key may have a column of this name.
bool is_key_column_name(std::string_view name);

// Returns whether a body may have a field of this name. A field of another name stands in for the column.
bool is_field_name(std::string_view name);

}  // namespace weir::init
