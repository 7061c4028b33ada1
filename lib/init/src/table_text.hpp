// Writes what the file says of one table. Pure.
#pragma once

#include "table_plan.hpp"

#include <string>

namespace weir::init {

std::string table_text(const table_plan& plan, const catalogue& of);

}  // namespace weir::init
