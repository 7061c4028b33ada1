// A table's invalidation map: the keys and tags that a changed row touches, evaluated on the row before and
// after. Pure data.
#pragma once

#include "weir/policy/key.hpp"
#include "weir/policy/load.hpp"
#include "weir/policy/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir {

// The names that a row touches, and the columns of the row that they are made of.
struct row_names {
    struct column {
        std::string name;
        value_rule rule;  // inherited from the resource's parameter, so that both sides build the same key
        // {tags[]}: the column is an array, and each of its elements gives a name. Otherwise the whole value
        // gives one.
        bool each_element = false;
    };
    std::vector<column> columns;     // all columns that the templates need
    std::vector<key_template> keys;  // placeholders index `columns`
    std::vector<key_template> tags;  // the same
};

// A query that finds the rows of other tables which a changed row touches: the products of a category. Each
// row of its result touches the names. Its columns are those of the result.
struct through_query : row_names {
    statement select;                 // $n is the column of the changed row at values[n-1]
    std::vector<std::string> tables;  // that it reads, as their changes write them
};

struct change : row_names {
    std::string table;             // as written: "products" or "shop.products"
    std::size_t bulk_rows = 1000;  // a statement that touches more is recorded as one row: all of the table
    std::vector<through_query> through;  // their parameters are among `columns`
};

}  // namespace weir
