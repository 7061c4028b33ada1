#include "weir/policy/value.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace weir {
namespace {

// Removes the ASCII white space with which values are padded. Unicode spaces are part of a name.
std::string_view trim(std::string_view text) {
    if (!text.empty() && text.front() > ' ' && text.back() > ' ') return text;
    constexpr std::string_view space = " \t\n\r\f\v";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

void fold(std::string& text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
}

std::string folded_copy(std::string text) {
    fold(text);
    return text;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Returns whether there is a control character. Postgres accepts no NUL, and the others only confuse logs and
// terminals.
bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return (u < 0x20 && c != '\t' && c != '\n' && c != '\r') || u == 0x7f;
    });
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        if (!out.empty()) out += ", ";
        out += word;
    }
    return out;
}

using verdict = std::optional<value_refusal>;

verdict refuse(std::string why) {
    return value_refusal{std::move(why)};
}

// Refuses a text that is not written as the type wants it.
verdict refuse_form(std::string why) {
    return value_refusal{std::move(why), true};
}

verdict accept(std::string_view text, std::string& out) {
    out.assign(text);
    return std::nullopt;
}

verdict normalise_integer(const value_rule& rule, std::string_view text, std::string& out) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_integer = error != std::errc::invalid_argument && end == text.data() + text.size();
    if (!is_integer) return refuse_form("must be an integer");
    if (error == std::errc::result_out_of_range) return refuse("is out of the range of 64 bits");
    if (value < rule.min) return refuse("must be at least " + std::to_string(rule.min));
    if (value > rule.max) return refuse("must be at most " + std::to_string(rule.max));
    char canonical[20];
    return accept({canonical, std::to_chars(std::begin(canonical), std::end(canonical), value).ptr}, out);
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

// Returns whether the text is a timestamp of RFC 3339, section 5.6: 2026-01-02T03:04:05[.678](Z|±hh:mm).
bool is_timestamp(std::string_view text) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':')
        return false;
    if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return false;
    const int year = digits(text, 0, 4);
    const int month = digits(text, 5, 2);
    const int day = digits(text, 8, 2);
    if (year < 1 || month < 1 || day < 1) return false;
    const auto date = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                      std::chrono::day{static_cast<unsigned>(day)};
    if (!date.ok()) return false;
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

// Returns whether it is visible ASCII and spaces. Nearly every value is, and then its bytes need no further
// check.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

verdict normalise_text(const value_rule& rule, std::string_view text, bool plain, std::string& out) {
    if (!plain && has_control(text)) return refuse("must not contain control characters");
    if (text.size() > rule.length_max) {
        return refuse("must be at most " + std::to_string(rule.length_max) + " bytes long");
    }
    if (text.empty() && !rule.may_be_empty) return refuse("must not be empty");
    out.assign(text);
    if (rule.folded) fold(out);
    return std::nullopt;
}

verdict by_type(const value_rule& rule, std::string_view text, bool plain, std::string& out) {
    switch (rule.type) {
        case value_type::text:
            return normalise_text(rule, text, plain, out);
        case value_type::integer:
            return normalise_integer(rule, text, out);
        case value_type::boolean:
            if (text == "true" || text == "false") return accept(text, out);
            return refuse_form("must be true or false");
        case value_type::timestamp:
            if (is_timestamp(text)) return accept(text, out);
            return refuse_form("must be a time such as 2026-01-02T03:04:05Z");
    }
    return refuse("has a type that this version does not know");
}

verdict normalise_choice(const value_rule& rule, const std::string& value) {
    const auto& allowed = rule.one_of;
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return std::nullopt;
    const auto is_same_but_for_case = [folded = folded_copy(value)](const std::string& choice) {
        return folded_copy(choice) == folded;
    };
    const bool is_close = std::any_of(allowed.begin(), allowed.end(), is_same_but_for_case);
    return value_refusal{"must be one of " + joined(allowed), is_close};
}

}  // namespace

std::optional<value_refusal> normalise(const value_rule& rule, std::string_view raw, std::string& out) {
    const bool plain = is_plain(raw);
    if (!plain && !simdjson::validate_utf8(raw.data(), raw.size())) {
        return refuse("must be valid UTF-8");
    }
    verdict refused = by_type(rule, rule.trimmed ? trim(raw) : raw, plain, out);
    if (refused || rule.one_of.empty()) return refused;
    return normalise_choice(rule, out);
}

normalised normalise(const value_rule& rule, std::string_view raw) {
    std::string value;
    auto refused = normalise(rule, raw, value);
    if (refused) return *std::move(refused);
    return value;
}

}  // namespace weir
