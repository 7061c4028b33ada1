// "Did you mean …?" for names that the author of the configuration mistyped. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

// Returns the candidate nearest to the word by edit distance, or an empty text if none is near enough.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// Returns " (did you mean x?)", or an empty text.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// Returns a name as a key of TOML: in quotes where it needs them.
std::string toml_key(std::string_view name);

std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");

}  // namespace weir::config
