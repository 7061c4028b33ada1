#include "json_text.hpp"

#include "weir/base/ascii.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace weir {
namespace {

constexpr std::string_view space = " \t\n\r";
constexpr const char* no_json = "is not valid JSON";

// Returns the value of a hex digit, or -1.
int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_high_surrogate(int unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low_surrogate(int unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

// Goes over a text, value by value. Each function returns false after the first problem.
class scanner {
 public:
    explicit scanner(std::string_view text) : text_(text) {}

    const char* problem() const { return problem_; }
    bool is_at_end() const { return at_ == text_.size(); }

    void skip_space() { at_ = std::min(text_.find_first_not_of(space, at_), text_.size()); }

    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }

    // Returns the next value's text; empty after a problem.
    std::string_view value(int depth = json_depth_max) {
        skip_space();
        const std::size_t begin = at_;
        return skip_value(depth) ? text_.substr(begin, at_ - begin) : std::string_view{};
    }

 private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool fail(const char* why = no_json) {
        if (problem_ == nullptr) problem_ = why;
        return false;
    }

    bool skip_value(int depth) {
        const char first = peek();
        if (first == '"') return skip_string();
        if (first == '-' || is_digit(first)) return skip_number();
        if (first == '{' || first == '[') {
            if (depth == 0) return fail("is nested too deeply");
            ++at_;
            return first == '{' ? skip_members(depth - 1) : skip_items(depth - 1);
        }
        return skip_word("true") || skip_word("false") || skip_word("null") || fail();
    }

    bool skip_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    bool skip_items(int depth) {
        skip_space();
        if (take(']')) return true;
        do {
            if (value(depth).empty()) return fail();
            skip_space();
        } while (take(','));
        return take(']') || fail();
    }

    bool skip_members(int depth) {
        skip_space();
        if (take('}')) return true;
        do {
            skip_space();
            if (peek() != '"') return fail();
            if (!skip_string()) return false;
            skip_space();
            if (!take(':') || value(depth).empty()) return fail();
            skip_space();
        } while (take(','));
        return take('}') || fail();
    }

    bool skip_digits() {
        const std::size_t begin = at_;
        while (is_digit(peek())) ++at_;
        return at_ > begin || fail("is not valid JSON: a number in it cannot be read");
    }

    bool skip_number() {
        take('-');
        const bool begins_with_zero = peek() == '0';
        const std::size_t begin = at_;
        if (!skip_digits()) return false;
        if (begins_with_zero && at_ - begin > 1)
            return fail("is not valid JSON: a number in it cannot be read");
        if (take('.') && !skip_digits()) return false;
        if (!take('e') && !take('E')) return true;
        if (!take('+')) take('-');
        return skip_digits();
    }

    bool skip_string() {
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20)
                return fail("is not valid JSON: a string in it cannot be read");
            if (c == '\\' && !skip_escape()) return fail("is not valid JSON: a string in it cannot be read");
        }
        return fail("is not valid JSON: a string is not closed");
    }

    // Skips what stands behind a backslash.
    bool skip_escape() {
        const char c = peek();
        ++at_;
        if (c != 'u') return c != '\0' && std::string_view{"\"\\/bfnrt"}.find(c) != std::string_view::npos;
        const int unit = skip_unit();
        if (unit < 0 || is_low_surrogate(unit)) return false;
        if (!is_high_surrogate(unit)) return true;
        return take('\\') && take('u') && is_low_surrogate(skip_unit());
    }

    // Skips four hex digits. Returns their value, or -1.
    int skip_unit() {
        int unit = 0;
        for (int i = 0; i < 4; ++i) {
            const int digit = hex_value(peek());
            if (digit < 0) return -1;
            unit = unit * 16 + digit;
            ++at_;
        }
        return unit;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    const char* problem_ = nullptr;
};

int unit_at(std::string_view digits) {
    int unit = 0;
    for (const char c : digits.substr(0, 4)) unit = unit * 16 + hex_value(c);
    return unit;
}

void append_utf8(std::string& to, int point) {
    const auto byte = [&](int value) { to += static_cast<char>(value); };
    if (point < 0x80) return byte(point);
    if (point < 0x800) {
        byte(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            byte(0xe0 | point >> 12);
        } else {
            byte(0xf0 | point >> 18);
            byte(0x80 | (point >> 12 & 0x3f));
        }
        byte(0x80 | (point >> 6 & 0x3f));
    }
    byte(0x80 | (point & 0x3f));
}

// Appends the character of an escape, whose text begins behind the backslash. Returns how long that is.
std::size_t append_escaped(std::string& to, std::string_view escape) {
    constexpr std::string_view names = "bfnrt";
    constexpr std::string_view meanings = "\b\f\n\r\t";
    const char c = escape.front();
    if (c != 'u') {
        const auto at = names.find(c);
        to += at == std::string_view::npos ? c : meanings[at];
        return 1;
    }
    const int unit = unit_at(escape.substr(1));
    if (!is_high_surrogate(unit)) {
        append_utf8(to, unit);
        return 5;
    }
    const int low = unit_at(escape.substr(7));  // behind \u
    append_utf8(to, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
    return 11;
}

}  // namespace

const char* json_problem(std::string_view text) {
    if (!simdjson::validate_utf8(text.data(), text.size())) return "is not valid UTF-8";
    scanner over{text};
    if (over.value().empty()) return over.problem();
    over.skip_space();
    return over.is_at_end() ? nullptr : no_json;
}

json_kind kind_of(std::string_view value) {
    assert(!value.empty());
    switch (value.front()) {
        case 'n':
            return json_kind::null;
        case 't':
        case 'f':
            return json_kind::boolean;
        case '"':
            return json_kind::string;
        case '[':
            return json_kind::list;
        case '{':
            return json_kind::object;
        default:
            return json_kind::number;
    }
}

std::vector<json_member> members_of(std::string_view object) {
    std::vector<json_member> out;
    scanner over{object.substr(1, object.size() - 2)};
    over.skip_space();
    while (!over.is_at_end()) {
        std::string name = unescaped(over.value());
        over.skip_space();
        over.take(':');
        out.push_back({std::move(name), over.value()});
        over.skip_space();
        over.take(',');
        over.skip_space();
    }
    return out;
}

std::vector<std::string_view> items_of(std::string_view list) {
    std::vector<std::string_view> out;
    scanner over{list.substr(1, list.size() - 2)};
    over.skip_space();
    while (!over.is_at_end()) {
        out.push_back(over.value());
        over.skip_space();
        over.take(',');
        over.skip_space();
    }
    return out;
}

std::string unescaped(std::string_view quoted) {
    std::string out;
    const std::string_view text = quoted.substr(1, quoted.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            i += append_escaped(out, text.substr(i + 1));
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string_view without_space(std::string_view json) {
    const auto first = std::min(json.find_first_not_of(space), json.size());
    json.remove_prefix(first);
    return json.substr(0, json.find_last_not_of(space) + 1);
}

bool has_escaped_nul(std::string_view json) {
    for (std::size_t i = json.find('\\'); i != std::string_view::npos; i = json.find('\\', i + 2)) {
        if (json.substr(i + 1, 5) == "u0000") return true;
    }
    return false;
}

}  // namespace weir
