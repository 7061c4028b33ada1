// The columns that a statement returns, where its text shows them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

// Returns the names behind `returning`. Returns nullopt where the text does not show them all: returning *,
// or an expression without a name.
std::optional<std::vector<std::string>> returned_columns(std::string_view sql);

}  // namespace weir::config
