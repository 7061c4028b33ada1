// Warns of SQL that compares a text parameter as another type.
#pragma once

#include "rules.hpp"

#include <vector>

namespace weir::config {

// Needs SQL that could be read, and all of its parameters.
void warn_of_casts(section& owner, const std::vector<declared_parameter>& parameters);

}  // namespace weir::config
