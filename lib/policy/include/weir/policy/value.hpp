// Typed values from outside (path segments, query parameters, JSON body fields) and the rule that each must
// satisfy.
//
// A value is *normalised* once, when it arrives: trimmed, folded where declared, integers in canonical form.
// The key is built from the normalised text, and the SQL receives it. So two requests share a key only if
// their SQL is given the same values. Pure.
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
    // True if the text cannot be read as the type, or differs from a choice in its case alone. Then an
    // allowed value may be equal to it in the database ("5.0" and 5). False if the value is merely not
    // allowed.
    bool may_equal_an_allowed_value = false;
};

using normalised = std::variant<std::string, value_refusal>;

// Normalises `raw`, which is already percent-decoded. Never throws. Refuses invalid UTF-8.
normalised normalise(const value_rule& rule, std::string_view raw);

// Does the same into a string that keeps its memory from request to request. Returns nullopt, or the refusal;
// `out` is then unspecified.
std::optional<value_refusal> normalise(const value_rule& rule, std::string_view raw, std::string& out);

// A value as the SQL receives it: nullopt is SQL's null.
using sql_value = std::optional<std::string>;

}  // namespace weir
