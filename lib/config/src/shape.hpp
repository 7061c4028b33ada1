// The kinds of values that a field may have. A shape drives three things: the reader (field.hpp), the
// reference in docs/configuration.md (reference_markdown.cpp) and the JSON Schema (json_schema.cpp). Pure
// data.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>

namespace weir::config {

using word_list = std::span<const std::string_view>;

struct integer_bounds {
    std::int64_t min = 0;
    std::int64_t max = 1'000'000'000;
};

inline constexpr integer_bounds any_integer{std::numeric_limits<std::int64_t>::min(),
                                            std::numeric_limits<std::int64_t>::max()};

struct number_bounds {
    double min = 0;
    double max = 0;
};

inline constexpr milliseconds duration_max{std::chrono::hours{24 * 366}};

struct duration_bounds {
    milliseconds min{1};
    milliseconds max{duration_max};
};

struct size_bounds {
    std::size_t min = 0;
    std::size_t max = 0;
};

struct text {};       // in quotes; the environment may stand in it
struct verbatim {};   // in quotes, taken as it is written
struct yes_or_no {};  // true, false
struct choice {       // one of these words, in quotes
    word_list of;
};
struct scalar {};       // a text, an integer or a boolean, or a list of them
struct text_list {};    // an array of texts
struct one_or_more {};  // a text, or an array of texts, taken as they are written
struct scalar_list {};  // an array of texts or integers
struct address {};      // "host:port"
struct key_segment {};  // what may stand between two colons of a key
struct rule_table {};   // a parameter or a body field, by its name
struct table_list {     // tables of one kind, each under [[…]]
    std::string_view kind;
};
struct reason_table {       // { reason = "…" }
    bool is_named = false;  // several of them, each by the name of what it accepts
};
struct url {  // begins with one of the schemes
    word_list schemes;
    std::string_view example;
};

using shape = std::variant<text, verbatim, yes_or_no, choice, integer_bounds, number_bounds, duration_bounds,
                           size_bounds, scalar, text_list, one_or_more, scalar_list, address, key_segment,
                           rule_table, table_list, reason_table, url>;

}  // namespace weir::config
