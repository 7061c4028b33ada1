// How SQL compares a parameter, where its tokens show it. Pure.
//
// It is no parser: what it does not recognise is of no consequence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

struct parameter_uses {
    std::vector<std::string> values;  // constants that it is compared with: 'all' of {status} = 'all'
    bool is_below = false;            // {x} < …, … > {x}
    bool is_above = false;
    std::vector<std::string> bounds;  // the columns of these comparisons
    bool is_unlike = false;           // <>, like, a regular expression, {x} between …
    bool is_element = false;          // … = any(…), … @> array[…]
};

// Returns whether it is compared with one column from both sides: day >= {x} and day < {x} + 1.
inline bool is_range(const parameter_uses& uses) {
    return uses.is_above && uses.is_below && uses.bounds.size() == 1;
}

// Returns the uses of $n, where n is `number`, in SQL that to_positional() has made.
parameter_uses uses_of(std::string_view sql, std::size_t number);

}  // namespace weir::config
