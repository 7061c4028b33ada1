// Refuses SQL that compares a key's parameter as another type, where that type calls two of its values equal.
#pragma once

#include "rules.hpp"

#include <vector>

namespace weir::config {

// Needs SQL that could be read, and all of its parameters.
void check_casts(section& owner, const std::vector<declared_parameter>& parameters);

}  // namespace weir::config
