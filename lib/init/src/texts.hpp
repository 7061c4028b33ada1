// Texts as SQL and TOML write them. Pure.
#pragma once

#include "weir/init/catalogue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::init {

// Returns the name as SQL takes it: in quotes if it is not plain or is a keyword.
std::string sql_name(std::string_view name, const catalogue& of);

// Returns the table as SQL finds it: with its schema if the search path does not lead to it.
std::string sql_relation(const table& t, const catalogue& of);

// Returns the items, separated by commas, in lines of at most 110 characters. Further lines begin with
// `indent`.
std::string wrapped(const std::vector<std::string>& items, std::string_view indent);

// Returns a TOML string. Fields that read the environment need `${` escaped.
std::string toml_text(std::string_view text);
std::string toml_expanded_text(std::string_view text);

// Returns a TOML string of several lines, which begins with a line break that does not count.
std::string toml_lines(std::string_view text);

// Returns a name as a TOML key: in quotes if it is not plain.
std::string toml_key(std::string_view name);

// Returns the text for a comment: without line breaks and other control characters.
std::string comment_text(std::string_view text);

}  // namespace weir::init
