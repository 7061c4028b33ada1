// A table's invalidation map: the keys and tags that a changed row touches, evaluated on the row before and
// after. Pure data.
#pragma once

#include "weir/policy/key.hpp"
#include "weir/policy/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir {

struct change {
    struct column {
        std::string name;
        value_rule rule;  // inherited from the resource's parameter, so that both sides build the same key
    };
    std::string table;               // as written: "products" or "shop.products"
    std::vector<column> columns;     // all columns that the templates need
    std::vector<key_template> keys;  // placeholders index `columns`
    std::vector<key_template> tags;  // the same
    std::size_t bulk_rows = 1000;    // a statement that touches more is recorded as one row: all of the table
};

}  // namespace weir
