#include "words.hpp"

#include "weir/base/ascii.hpp"
#include "weir/base/hash.hpp"

#include <algorithm>

namespace weir::init {
namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
// The letters from U+00C0 to U+017F without their accents; '-' for what is no letter.
constexpr std::string_view latin =
    "AAAAAAACEEEEIIIIDNOOOOO-OUUUUYTsaaaaaaaceeeeiiiidnooooo-ouuuuyty"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTt"
    "UuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(latin.size() == 0x180 - 0xC0);

// Returns the name in ASCII, with '-' for each byte that is no letter of a Latin alphabet.
std::string ascii_of(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto byte = static_cast<unsigned char>(name[i]);
        if (byte < 0x80) {
            out += name[i];
        } else if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < name.size()) {
            const auto next = static_cast<unsigned char>(name[++i]);
            const unsigned point = ((byte & 0x1Fu) << 6) | (next & 0x3Fu);
            out += latin[point - 0xC0];
            if (point == 0xDF) out += 's';
        } else {
            out += '-';
        }
    }
    return out;
}

// Returns whether a word begins at `i`: "aB", and the last letter of "IDNumber"'s first capitals.
bool is_boundary(std::string_view text, std::size_t i) {
    if (i == 0 || !is_upper(text[i])) return false;
    if (is_lower(text[i - 1]) || is_digit(text[i - 1])) return true;
    return is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1]);
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
    const std::string text = ascii_of(name);
    std::vector<std::string> words;
    bool is_inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_part = is_upper(c) || is_lower(c) || is_digit(c);
        if (is_part) {
            if (!is_inside || is_boundary(text, i)) words.emplace_back();
            words.back() += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
        }
        is_inside = is_part;
    }
    return words;
}

std::string joined(const std::vector<std::string>& parts, std::string_view by) {
    std::string out;
    for (const auto& part : parts) {
        if (!out.empty()) out += by;
        out += part;
    }
    return out;
}

std::string plain_name(std::string_view name, std::string_view fallback) {
    constexpr std::size_t digits = 8;
    const std::string made = joined(words_of(name), "_");
    if (made.empty()) return std::string{fallback} + "_" + sha256_hex(name).substr(0, digits);
    return is_digit(made.front()) ? std::string{fallback} + "_" + made : made;
}

}  // namespace weir::init
