// Reads the rule of a parameter or a body field: its type, and the options that the type has.
#pragma once

#include "weir/policy/route.hpp"

#include "section.hpp"

namespace weir::config {

// Reads every field of the declaration into `p`, whose name and source are set.
void read_rule(section& s, parameter& p);

}  // namespace weir::config
