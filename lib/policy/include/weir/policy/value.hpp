// Typed values from outside (path segments, query parameters, JSON body fields) and the rule that each must
// satisfy.
//
// A value is *normalised* once, when it arrives: trimmed and folded where declared, and in the one text that
// its type has for it. The key is built from the normalised text, and the SQL receives it. So two requests
// share a key only if their SQL is given the same values. Two texts that Postgres calls equal under the type
// give one text, or are refused. Pure.
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
    integer,    // 64 bits, without leading zeros ("007" → "7")
    decimal,    // exact, without exponent and superfluous zeros ("01.50" and "15e-1" → "1.5")
    boolean,    // "true" or "false"
    uuid,       // lower case, with four hyphens
    date,       // 2026-01-05, from year 1 to 9999
    timestamp,  // RFC 3339 with an offset; checked for form, kept as written; never in a key
    json,       // any JSON value; checked for form, kept as written; never in a key
};

// Digits of a decimal in all, as it is written without an exponent. It is the greatest precision that a
// numeric column can declare.
inline constexpr std::size_t decimal_digits_max = 1000;

struct value_rule {
    value_type type = value_type::text;
    bool is_array = false;      // body fields only: a list of values of the type, as a Postgres array literal
    bool trimmed = true;        // surrounding white space goes; a key part is always trimmed
    bool folded = false;        // to lower case (ASCII), where the declaration says so
    bool may_be_empty = false;  // never true of a value that a key is built from
    bool may_be_null = false;   // body fields only
    bool as_string = false;     // body fields only: a number may also be written as a JSON string
    bool may_hold_nulls = false;                                  // arrays only
    std::size_t length_max = 256;                                 // of a text or a JSON value, in bytes
    std::size_t items_max = 1000;                                 // of an array
    std::int64_t min = std::numeric_limits<std::int64_t>::min();  // of integers and decimals
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

// Normalises `raw`, which is already percent-decoded. Never throws. Refuses invalid UTF-8. Of an array it is
// one item.
normalised normalise(const value_rule& rule, std::string_view raw);

// Does the same into a string that keeps its memory from request to request. Returns nullopt, or the refusal;
// `out` is then unspecified.
std::optional<value_refusal> normalise(const value_rule& rule, std::string_view raw, std::string& out);

// A value as the SQL receives it: nullopt is SQL's null.
using sql_value = std::optional<std::string>;

}  // namespace weir
