// Numbers in heads, in decimal, without a string of their own. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <iterator>
#include <string>

namespace weir::http {

inline void add_number(std::int64_t number, std::string& to) {
    char digits[20];
    to.append(digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

}  // namespace weir::http
