// Which names of the database the file can say, and how. Pure.
#pragma once

#include "weir/init/catalogue.hpp"

#include <string>
#include <string_view>

namespace weir::init {

// Returns whether a change may name such a table, or a table of such a schema.
bool is_table_name(std::string_view name);

// Returns the table as a change names it: "books", "shop.Order Line".
std::string declared_name(const table& t);

// Returns whether a key may have a column of this name.
bool is_key_column_name(std::string_view name);

// Returns whether a body may have a field of this name. A field of another name stands in for the column.
bool is_field_name(std::string_view name);

// Returns the name of a parameter for the column in paths and queries: the column's own where a URL can show
// it.
std::string parameter_name(std::string_view column_name);

}  // namespace weir::init
