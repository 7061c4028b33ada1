// Reads the elements of an array column from the text that the recorder wrote. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Returns the elements that are not null: of {red,"dark blue",NULL}, as Postgres writes an array, and of
// ["red", 7, null], as a json column has it. Returns nullopt for any other text, and for an array of arrays
// or objects.
std::optional<std::vector<std::string>> array_elements(std::string_view text);

}  // namespace weir
