#include "weir/policy/key.hpp"

#include "weir/base/ascii.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/placeholder.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace weir {
namespace {

// A table by byte, because every request renders a key.
constexpr auto unreserved = [] {
    std::array<bool, 256> table{};
    for (const unsigned char c : std::string_view{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                  "0123456789-_.!~*'()"}) {
        table[c] = true;
    }
    return table;
}();

bool is_unreserved(char c) {
    return unreserved[static_cast<unsigned char>(c)];
}

void append_encoded(std::string& to, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (std::all_of(text.begin(), text.end(), is_unreserved)) {
        to += text;
        return;
    }
    for (const char c : text) {
        if (is_unreserved(c)) {
            to += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            to += '%';
            to += digits[byte >> 4];
            to += digits[byte & 15];
        }
    }
}

void append_part(std::string& to, std::string_view normalised) {
    if (normalised.empty()) {
        to += '=';
        return;
    }
    const std::size_t begin = to.size();
    append_encoded(to, normalised);
    if (to.size() - begin <= part_bytes_max) return;
    to.resize(begin);
    to.append("=").append(sha256_hex(normalised));
}

std::string in_quotes(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

void check_segment(std::string_view text) {
    if (text.empty()) throw std::invalid_argument("a segment between two colons is empty");
    if (text.find_first_of("{}") != std::string_view::npos) {
        throw std::invalid_argument("a placeholder must be a whole segment, as in products:{id}; found " +
                                    in_quotes(text));
    }
}

void check_word(std::string_view text) {
    const bool ok = std::all_of(text.begin(), text.end(), [](char c) {
        return is_lower(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
    });
    if (!ok)
        throw std::invalid_argument(
            "a literal has lower case letters, digits, '.', '_' and '-' only; found " + in_quotes(text));
}

// Returns where the segment that begins at `at` ends. A name in braces may have a colon.
std::size_t segment_end(std::string_view text, std::size_t at) {
    if (text.substr(at, 1) == "{") at = std::min(placeholder_end(text, at), text.size());
    return std::min(text.find(':', at), text.size());
}

// Reads the two hex digits of %XX into a byte.
std::optional<char> decoded_byte(std::string_view escape) {
    unsigned byte = 0;
    if (escape.size() < 3) return std::nullopt;
    const char* const end = escape.data() + 3;
    if (std::from_chars(escape.data() + 1, end, byte, 16).ptr != end) return std::nullopt;
    return static_cast<char>(byte);
}

}  // namespace

std::string encode_uri_component(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_encoded(out, text);
    return out;
}

std::optional<std::string> decode_uri_component(std::string_view encoded) {
    std::string out;
    while (!encoded.empty()) {
        const bool is_escape = encoded.front() == '%';
        const std::optional<char> byte = is_escape ? decoded_byte(encoded) : encoded.front();
        if (!byte) return std::nullopt;
        out += *byte;
        encoded.remove_prefix(is_escape ? 3 : 1);
    }
    return out;
}

std::string key_part(std::string_view normalised) {
    std::string out;
    append_part(out, normalised);
    return out;
}

key_template key_template::parse(std::string_view text,
                                 const std::function<std::size_t(std::string_view)>& index_of,
                                 literals written) {
    if (text.empty()) throw std::invalid_argument("the key template is empty");
    key_template made;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = segment_end(text, begin);
        const std::string_view part = text.substr(begin, end - begin);
        if (!part.empty() && part.front() == '{' && placeholder_end(part, 0) == part.size()) {
            std::string name = placeholder_name(part);
            const std::size_t suffix = name.ends_with(each_element) ? each_element.size() : 0;
            if (!is_declarable_name(std::string_view{name}.substr(0, name.size() - suffix)))
                throw std::invalid_argument("there is no name in the braces");
            const std::size_t index = index_of(name);
            made.segments_.emplace_back(placeholder{index, std::move(name)});
        } else {
            check_segment(part);
            if (written == literals::plain) check_word(part);
            made.segments_.emplace_back(std::string{part});
        }
        begin = end + 1;
    }
    return made;
}

std::vector<std::string> key_template::names() const {
    std::vector<std::string> out;
    for (const auto& s : segments_) {
        if (const auto* p = std::get_if<placeholder>(&s)) out.push_back(p->name);
    }
    return out;
}

std::string key_template::text() const {
    std::string out;
    for (const auto& s : segments_) {
        if (!out.empty()) out += ':';
        const auto* p = std::get_if<placeholder>(&s);
        out += p != nullptr ? placeholder_text(p->name) : std::get<std::string>(s);
    }
    return out;
}

bool key_template::covers(const key_template& other) const {
    return std::equal(segments_.begin(), segments_.end(), other.segments_.begin(), other.segments_.end(),
                      [](const segment& mine, const segment& theirs) {
                          const auto* text = std::get_if<std::string>(&mine);
                          return text == nullptr || theirs == mine;
                      });
}

bool key_template::overlaps(const key_template& other) const {
    return std::equal(segments_.begin(), segments_.end(), other.segments_.begin(), other.segments_.end(),
                      [](const segment& a, const segment& b) {
                          const auto* x = std::get_if<std::string>(&a);
                          const auto* y = std::get_if<std::string>(&b);
                          return x == nullptr || y == nullptr || *x == *y;
                      });
}

bool key_template::fits(std::string_view rendered) const {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const bool is_last = i + 1 == segments_.size();
        const std::size_t end = std::min(rendered.find(':'), rendered.size());
        if (is_last != (end == rendered.size())) return false;
        const std::string_view part = rendered.substr(0, end);
        const auto* literal = std::get_if<std::string>(&segments_[i]);
        const bool is_part = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return is_unreserved(c) || c == '%' || c == '=';
        });
        if (literal != nullptr ? part != *literal : !is_part) return false;
        if (!is_last) rendered.remove_prefix(end + 1);
    }
    return true;
}

std::string key_template::render(std::string_view head, std::span<const std::string> values) const {
    std::string key;
    render(head, values, key);
    return key;
}

void key_template::render(std::string_view head, std::span<const std::string> values,
                          std::string& out) const {
    out.assign(head);
    for (const auto& s : segments_) {
        out += ':';
        if (const auto* literal = std::get_if<std::string>(&s)) {
            out += *literal;
            continue;
        }
        const std::size_t index = std::get<placeholder>(s).index;
        assert(index < values.size());
        append_part(out, values[index]);
    }
}

std::string own_name(std::string_view what, std::string_view of) {
    std::string name(of.substr(0, of.find(':')));
    return name.append(":").append(what).append(":{").append(of).append("}");
}

std::string lease_key(std::string_view key) {
    return own_name("lease", key);
}

}  // namespace weir
