// Names in braces, as the templates of paths, keys and SQL have them: {id}, {categoryId}, {Order Line}. Pure.
//
// Between the braces stands the name as it was declared, in any spelling. A name that has a brace itself, or
// begins with a quotation mark, stands in double quotes, and its own quotation marks are doubled: {"a}b"}.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

// Returns the offset behind the placeholder whose opening brace is text[at], or npos if it is not closed.
std::size_t placeholder_end(std::string_view text, std::size_t at);

// Returns the name in a whole placeholder, braces included.
std::string placeholder_name(std::string_view placeholder);

// Returns the placeholder of a name.
std::string placeholder_text(std::string_view name);

// Returns whether a name may be declared: it is not empty and has no control character.
bool is_declarable_name(std::string_view name);

}  // namespace weir
