// Compares answers whose rows have no order. Pure.
#pragma once

#include <string_view>

namespace weir {

// Returns whether both texts are JSON arrays of the same elements, in whichever order. Elements are compared
// as they are written.
bool have_same_rows(std::string_view a, std::string_view b);

}  // namespace weir
