#include "value_forms.hpp"

#include "weir/base/ascii.hpp"
#include "weir/policy/value.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace weir {
namespace {

// Takes the digits at the beginning of `text`.
std::string_view take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(taken.size());
    return taken;
}

// Takes one character of `any` at the beginning of `text`. Returns it, or 0.
char take(std::string_view& text, std::string_view any) {
    if (text.empty() || any.find(text.front()) == std::string_view::npos) return 0;
    const char taken = text.front();
    text.remove_prefix(1);
    return taken;
}

// Takes "e-12". Returns whether it is well formed; without an exponent it is 0. A great one is only known to
// be too great.
bool take_exponent(std::string_view& text, std::int64_t& exponent) {
    constexpr std::int64_t too_great = 1'000'000;
    exponent = 0;
    if (take(text, "eE") == 0) return true;
    const bool is_negative = take(text, "+-") == '-';
    const auto digits = take_digits(text);
    if (digits.empty()) return false;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error == std::errc::result_out_of_range || exponent > too_great) exponent = too_great;
    if (is_negative) exponent = -exponent;
    return true;
}

// A decimal as digits and the place of its point: 0.015 is "15" with the point at -1.
struct decimal_parts {
    bool is_negative = false;
    std::string digits;  // neither begins nor ends with a zero
    std::int64_t point = 0;
};

bool read_decimal(std::string_view text, decimal_parts& to) {
    to.is_negative = take(text, "+-") == '-';
    const auto whole = take_digits(text);
    const auto fraction = take(text, ".") != 0 ? take_digits(text) : std::string_view{};
    std::int64_t exponent = 0;
    if (whole.empty() && fraction.empty()) return false;
    if (!take_exponent(text, exponent) || !text.empty()) return false;
    to.digits.assign(whole).append(fraction);
    to.point = static_cast<std::int64_t>(whole.size()) + exponent;
    to.digits.erase(to.digits.find_last_not_of('0') + 1);
    const std::size_t zeros = std::min(to.digits.find_first_not_of('0'), to.digits.size());
    to.digits.erase(0, zeros);
    to.point -= static_cast<std::int64_t>(zeros);
    return true;
}

void write_decimal(const decimal_parts& from, std::string& out) {
    const auto count = static_cast<std::int64_t>(from.digits.size());
    out.assign(from.is_negative ? "-" : "");
    if (from.point <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-from.point), '0').append(from.digits);
    } else if (from.point >= count) {
        out.append(from.digits).append(static_cast<std::size_t>(from.point - count), '0');
    } else {
        const auto whole = static_cast<std::size_t>(from.point);
        out.append(from.digits, 0, whole).append(".").append(from.digits, whole);
    }
}

// Returns the digits of text from `at` on as a number, or -1 if one of them is no digit.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (i >= text.size() || !is_digit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool between(int value, int low, int high) {
    return low <= value && value <= high;
}

// Returns whether the text is a UTC offset: "Z" or "+07:00".
bool is_offset(std::string_view text) {
    if (text == "Z" || text == "z") return true;
    return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
           between(digits(text, 1, 2), 0, 23) && between(digits(text, 4, 2), 0, 59);
}

// Returns the hex digit in lower case, or 0.
char hex_digit(char c) {
    if (is_digit(c) || (c >= 'a' && c <= 'f')) return c;
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : '\0';
}

}  // namespace

form canonical_decimal(std::string_view text, std::string& out) {
    decimal_parts parts;
    if (!read_decimal(text, parts)) return form::wrong;
    if (parts.digits.empty()) {
        out.assign("0");
        return form::right;
    }
    // Without an exponent it has zeros up to the point, on either side.
    const auto count = static_cast<std::int64_t>(parts.digits.size());
    const auto written = std::max(count, parts.point) - std::min<std::int64_t>(parts.point, 0);
    if (written > static_cast<std::int64_t>(decimal_digits_max)) return form::too_long;
    write_decimal(parts, out);
    return form::right;
}

bool is_less(std::string_view a, std::string_view b) {
    const bool is_a_negative = a.front() == '-';
    if (is_a_negative != (b.front() == '-')) return is_a_negative;
    if (is_a_negative) {
        std::swap(a, b);
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    const auto whole_a = std::min(a.find('.'), a.size());
    const auto whole_b = std::min(b.find('.'), b.size());
    if (whole_a != whole_b) return whole_a < whole_b;
    return a < b;  // the same number of digits before the point: the order of the texts
}

bool canonical_uuid(std::string_view text, std::string& out) {
    const bool has_braces = text.size() >= 2 && text.front() == '{' && text.back() == '}';
    if (has_braces) text = text.substr(1, text.size() - 2);
    out.clear();
    for (int byte = 0; byte < 16; ++byte) {
        if (byte == 4 || byte == 6 || byte == 8 || byte == 10) out += '-';
        for (int half = 0; half < 2; ++half) {
            const char digit = text.empty() ? '\0' : hex_digit(text.front());
            if (digit == '\0') return false;
            out += digit;
            text.remove_prefix(1);
        }
        if (byte % 2 == 1 && byte < 15) take(text, "-");
    }
    return text.empty();
}

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const int year = digits(text, 0, 4);
    const int month = digits(text, 5, 2);
    const int day = digits(text, 8, 2);
    if (year < 1 || month < 1 || day < 1) return false;
    const auto date = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                      std::chrono::day{static_cast<unsigned>(day)};
    return date.ok();
}

bool is_timestamp(std::string_view text) {
    if (text.size() < 20 || !is_date(text.substr(0, 10)) || text[13] != ':' || text[16] != ':') return false;
    if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return false;
    if (!between(digits(text, 11, 2), 0, 23) || !between(digits(text, 14, 2), 0, 59) ||
        !between(digits(text, 17, 2), 0, 60)) {
        return false;
    }
    std::size_t at = 19;
    if (text[at] == '.') {
        const std::size_t first = ++at;
        while (at < text.size() && is_digit(text[at])) ++at;
        if (at == first || at - first > 9) return false;
    }
    return is_offset(text.substr(at));
}

}  // namespace weir
