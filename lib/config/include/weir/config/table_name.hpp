// Names of tables, as the file and SQL write them. Pure.
//
// The file gives a table's name as the catalogue has it: products, Product, shop.Order Line. Nothing is
// folded. A part with a dot or a quotation mark in it stands in double quotes, as in SQL; any other may.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir {

// Returns the name in the one spelling that the policy has: in double quotes is only the part that needs
// them. Returns nullopt for what is no name of a table.
std::optional<std::string> table_name(std::string_view written);

// Returns one part in that spelling.
std::string table_name_part(std::string_view exact);

// Returns whether both, in that spelling, name one table: "public" is the schema of a name without one.
bool is_same_table(std::string_view a, std::string_view b);

}  // namespace weir
