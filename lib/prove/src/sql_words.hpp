// Reads hints out of a resource's SQL: which column a parameter is compared with, and the literals that its
// filters have. It is no parser. What it misses is only tried less. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::prove {

struct comparison {
    std::size_t number = 0;  // n of $n
    std::string column;
    bool is_equality = false;
    bool is_element = false;  // the column is an array that has the parameter as an element
};

struct sql_hints {
    std::vector<comparison> comparisons;
    std::vector<std::string> texts;    // 'published'
    std::vector<std::string> numbers;  // 100
};

sql_hints hints_of(std::string_view sql);

}  // namespace weir::prove
