#include "weir/policy/value.hpp"

#include "json_text.hpp"
#include "value_forms.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

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

// Compares a canonical decimal with a bound. The bounds of 64 bits are those of a rule without bounds, and a
// decimal may be beyond them.
verdict check_range(const value_rule& rule, const std::string& value) {
    constexpr value_rule unbounded{};
    if (rule.min != unbounded.min && is_less(value, std::to_string(rule.min))) {
        return refuse("must be at least " + std::to_string(rule.min));
    }
    if (rule.max != unbounded.max && is_less(std::to_string(rule.max), value)) {
        return refuse("must be at most " + std::to_string(rule.max));
    }
    return std::nullopt;
}

verdict normalise_decimal(const value_rule& rule, std::string_view text, std::string& out) {
    switch (canonical_decimal(text, out)) {
        case form::wrong:
            return refuse_form("must be a number such as 12.50");
        case form::too_long:
            return refuse("must have at most " + std::to_string(decimal_digits_max) + " digits");
        case form::right:
            return check_range(rule, out);
    }
    return refuse_form("must be a number such as 12.50");
}

// Returns whether it is visible ASCII and spaces. Nearly every value is, and then its bytes need no further
// check.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Returns whether there is a letter beyond ASCII that some database folds to one of ASCII: the Kelvin sign to
// k, İ to i, ſ to s. Under a folded rule such a text could find the row of another one.
bool has_ascii_twin(std::string_view text) {
    constexpr std::array<std::string_view, 3> letters{"\xe2\x84\xaa", "\xc4\xb0", "\xc5\xbf"};
    return std::any_of(letters.begin(), letters.end(),
                       [&](std::string_view letter) { return text.find(letter) != std::string_view::npos; });
}

verdict normalise_text(const value_rule& rule, std::string_view text, bool plain, std::string& out) {
    if (!plain && has_control(text)) return refuse("must not contain control characters");
    if (text.size() > rule.length_max) {
        return refuse("must be at most " + std::to_string(rule.length_max) + " bytes long");
    }
    if (text.empty() && !rule.may_be_empty) return refuse("must not be empty");
    if (rule.folded && !plain && has_ascii_twin(text))
        return refuse("must not contain the letters K (Kelvin), İ or ſ");
    out.assign(text);
    if (rule.folded) fold(out);
    return std::nullopt;
}

verdict normalise_json(const value_rule& rule, std::string_view text, std::string& out) {
    if (text.size() > rule.length_max) {
        return refuse("must be at most " + std::to_string(rule.length_max) + " bytes long");
    }
    const char* const problem = json_problem(text);
    if (problem != nullptr) return refuse_form(problem);
    if (has_escaped_nul(text)) return refuse_form("must not contain \\u0000");
    return accept(text, out);
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
        case value_type::decimal:
            return normalise_decimal(rule, text, out);
        case value_type::uuid:
            if (canonical_uuid(text, out)) return std::nullopt;
            return refuse_form("must be a UUID such as 0192d3a4-5b6c-7d8e-9f01-23456789abcd");
        case value_type::date:
            if (is_date(text)) return accept(text, out);
            return refuse_form("must be a date such as 2026-01-05");
        case value_type::timestamp:
            if (is_timestamp(text)) return accept(text, out);
            return refuse_form("must be a time such as 2026-01-02T03:04:05Z");
        case value_type::json:
            return normalise_json(rule, text, out);
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
