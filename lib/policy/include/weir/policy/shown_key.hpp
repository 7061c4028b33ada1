// Whether a loaded row shows the key that was asked for.
//
// A change forgets the key that the columns of the changed row give. Where the SQL finds a row by another
// spelling of a column (`lower(slug) = lower({slug})` finds "Hello" for hello), no change would ever forget
// what is stored under that spelling. Where the answer has members that are named like those columns, such an
// answer is recognised, and not stored. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Returns the columns by which the declared changes give the resource's keys. Empty if its answers are not
// one row each, or if the file says that their members are other values (shows_key).
std::vector<key_column> key_columns_of(const policy& p, const resource& r);

// Returns false if the row in `body` (a JSON object) shows a column of its key and gives another key than
// `values`. A parameter for which several columns stand needs one of them. A row that shows none of them, an
// array, or a body over a mebibyte says nothing: then it returns true.
bool may_give_key(const std::vector<key_column>& columns, const std::vector<std::string>& values,
                  std::string_view body);

}  // namespace weir
