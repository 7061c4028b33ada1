#include "near_values.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace weir::prove {
namespace {

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Returns a letter or digit of the same kind, `by` places further.
char other_of_kind(char c, std::uint64_t by, bool is_hex) {
    const char first = c <= '9' ? '0' : (c <= 'Z' ? 'A' : 'a');
    const std::uint64_t kinds = first == '0' ? 10 : (is_hex ? 6 : 26);
    return static_cast<char>(first + static_cast<int>((static_cast<std::uint64_t>(c - first) + by) % kinds));
}

std::optional<std::int64_t> integer_of(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string with_other_end(std::string text, std::uint64_t by, bool is_hex) {
    constexpr std::uint64_t steps = 5;  // of the last one: no kind has fewer others
    constexpr std::uint64_t kinds = 6;
    std::uint64_t left = by / steps;
    bool is_last = true;
    for (std::size_t i = text.size(); i-- > (text.starts_with("\\x") ? 2U : 0U);) {
        if (!is_alphanumeric(text[i])) continue;
        if (!is_last && left == 0) break;
        text[i] = other_of_kind(text[i], is_last ? 1 + by % steps : left % kinds, is_hex);
        if (!is_last) left /= kinds;
        is_last = false;
    }
    return text;
}

std::string with_other_bits(std::string bits, std::uint64_t by) {
    std::uint64_t left = by + 1;
    for (std::size_t i = bits.size(); i-- > 0 && left != 0; left /= 2) {
        if (left % 2 != 0) bits[i] = bits[i] == '0' ? '1' : '0';
    }
    return bits;
}

std::string upper(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return text;
}

std::optional<std::string> plus(const std::string& text, std::int64_t by) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const auto whole = integer_of(text.substr(0, point));
    std::int64_t sum = 0;
    if (!whole || __builtin_add_overflow(*whole, by, &sum)) return std::nullopt;
    const bool changes_sign = *whole <= 0 && sum >= 0;  // -0.5 + 1 would need more than this
    if (point != text.size() && changes_sign && text.front() == '-') return std::nullopt;
    return std::to_string(sum) + text.substr(point);
}

std::optional<std::string> moved_date(const std::string& text, int days) {
    constexpr std::size_t date_bytes = 10;
    if (text.size() < date_bytes || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = integer_of(text.substr(0, 4));
    const auto month = integer_of(text.substr(5, 2));
    const auto day = integer_of(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    namespace chrono = std::chrono;
    const chrono::year_month_day date{chrono::year{static_cast<int>(*year)},
                                      chrono::month{static_cast<unsigned>(*month)},
                                      chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    const chrono::year_month_day moved{chrono::sys_days{date} + chrono::days{days}};
    const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    const std::string year_text = std::to_string(static_cast<int>(moved.year()));
    return std::string(4 - std::min<std::size_t>(4, year_text.size()), '0') + year_text + '-' +
           two(static_cast<unsigned>(moved.month())) + '-' + two(static_cast<unsigned>(moved.day())) +
           text.substr(date_bytes);
}

}  // namespace weir::prove
