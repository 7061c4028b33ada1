// JSON as text. It is checked once as a whole and then taken apart into the texts of its values, so that
// numbers keep their digits and values their spelling. Pure.
//
// It follows RFC 8259, and refuses half a surrogate pair, which has no UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Levels of lists and objects, one in another.
inline constexpr int json_depth_max = 100;

// Returns what is wrong with the text as one JSON value, in words for the client, or nullptr.
const char* json_problem(std::string_view text);

// The functions below take valid JSON.

enum class json_kind { null, boolean, number, string, list, object };

// Returns the kind of a value without white space around it, as the two functions below give it.
json_kind kind_of(std::string_view value);

struct json_member {
    std::string name;
    std::string_view value;
};
std::vector<json_member> members_of(std::string_view object);
std::vector<std::string_view> items_of(std::string_view list);

// Returns what a string means: "\u00fc" is ü.
std::string unescaped(std::string_view quoted);

std::string_view without_space(std::string_view json);

// Returns whether a string in it has the character U+0000, which Postgres can store in no text.
bool has_escaped_nul(std::string_view json);

}  // namespace weir
