// Numbers in heads, in decimal, without a string of their own. Pure.
#pragma once

#include "pen.hpp"

#include <cstdint>
#include <string>

namespace weir::http {

inline void add_number(std::int64_t number, std::string& to) {
    char digits[number_bytes_max];
    to.append(digits, pen{digits}.put(number).at());
}

}  // namespace weir::http
