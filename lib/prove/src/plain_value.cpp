#include "plain_value.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::prove {
namespace {

// Returns whether a literal of a check is a pattern rather than a value.
bool is_pattern(const std::string& text) {
    return text.find_first_of("^$[]*%") != std::string::npos;
}

// Returns the number itself, the next or the last one.
std::string beside(const std::string& number, std::size_t way) {
    long long value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || way == 0) return number;
    return std::to_string(way == 1 ? value + 1 : value - 1);
}

}  // namespace

std::optional<std::string> plain_value(const column& c, std::size_t way) {
    for (const auto& label : c.labels) {
        if (!is_pattern(label)) return c.category == 'N' ? beside(label, way) : label;
    }
    static const std::vector<std::pair<std::string_view, std::string_view>> by_type{
        {"uuid", "00000000-0000-4000-8000-000000000001"},
        {"json", "{}"},
        {"jsonb", "{}"},
        {"bytea", "\\x01"},
        {"date", "2026-01-05"},
        {"time without time zone", "12:00:00"},
        {"time with time zone", "12:00:00+00"},
        {"macaddr", "08:00:2b:01:02:03"},
        {"macaddr8", "08:00:2b:01:02:03:04:05"},
        {"xml", "<a/>"},
        {"tsvector", "a"},
        {"point", "(1,1)"},
    };
    if (c.type == "bit") return std::string(std::max<std::size_t>(c.length_max, 1), '1');
    for (const auto& [type, value] : by_type) {
        if (c.type == type) return std::string(value);
    }
    switch (c.category) {
        case 'N':
            return "1";
        case 'S':
            return "a";
        case 'B':
            return "true";
        case 'D':
            return "2026-01-05 12:00:00+00";
        case 'T':
            return "1 day";
        case 'A':
            return "{}";
        case 'I':
            return "10.0.0.1";
        case 'R':
            return "empty";
        case 'V':
            return "1";
        default:
            return std::nullopt;
    }
}

}  // namespace weir::prove
