// Comparisons in a template's SQL that find a row under more than one value: lower(name) = {x},
// name = upper({x}), date_trunc('month', day) = {x}. Pure.
//
// A changed row names the key of its column's value, and no other. The answers under the other texts would
// stay old.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class folding_of { parameter, column };

struct sql_folding {
    std::string parameter;
    std::string function;  // "lower"
    folding_of what = folding_of::parameter;
    std::size_t offset = 0;  // of the parameter's placeholder: bytes into the template
    // The words in the call, where it stands beside the parameter: the columns that it may be made of.
    std::vector<std::string> words = {};
};

// Returns whether it gives several numbers or times one: round, date_trunc.
bool is_rounding(std::string_view function);

// Returns them in the order of the placeholders. It sees functions of the parameter or of a column that stand
// beside an equals sign, or in the list of an `in`; what comes through a subquery it does not see.
std::vector<sql_folding> foldings(std::string_view sql);

}  // namespace weir
