// Typed values from outside (path segments, query parameters, JSON body fields) and the rule that each must
// satisfy.
//
// A value is *normalised* once, at the edge: trimmed, folded where declared, integers in canonical form. The
// normalised text is what the key is built from and what the SQL receives, so two requests share a key only
// when they ask the same question. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

enum class value_type {
    text,       // UTF-8 without control characters other than \t \n \r
    integer,    // 64 bits, canonical decimal after normalisation ("007" → "7")
    boolean,    // "true" or "false"
    timestamp,  // RFC 3339 with an offset; checked for form, kept as written
};

struct value_rule {
    value_type type = value_type::text;
    bool trimmed = true;           // surrounding white space goes; a key part is always trimmed
    bool folded = false;           // to lower case (ASCII), where the declaration says so
    bool may_be_empty = false;     // never true of a value that a key is built from
    bool may_be_null = false;      // body fields only
    std::size_t length_max = 256;  // characters of text, in bytes
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    std::vector<std::string> one_of;  // when not empty: the only values allowed, in normalised form

    bool operator==(const value_rule&) const = default;
};

// Why a value was refused, in words for the client: "must be an integer", "must be one of draft, published".
struct value_refusal {
    std::string why;
    // The text is none of the type, or of the choices but for its case: an allowed value may be equal to it
    // in the database ("5.0" and 5). Otherwise it is merely not allowed, so no allowed value is equal to it.
    bool may_equal_an_allowed_value = false;
};

using normalised = std::variant<std::string, value_refusal>;

// `raw` is already percent-decoded. Never throws; invalid UTF-8 is refused.
normalised normalise(const value_rule& rule, std::string_view raw);

// The same into a string that keeps its memory, as requests are read; says why not, and `out` is then
// anything.
std::optional<value_refusal> normalise(const value_rule& rule, std::string_view raw, std::string& out);

// A value as the SQL receives it: nothing is SQL's null.
using sql_value = std::optional<std::string>;

}  // namespace weir
