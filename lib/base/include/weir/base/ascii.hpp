// The letters and digits of ASCII, whatever the locale. Pure.
#pragma once

#include <string>
#include <string_view>

namespace weir {

constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Returns the text with the letters A to Z in lower case.
inline std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace weir
