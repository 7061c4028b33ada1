// What to add to the file, so that a write to a table names a resource's answers. Pure.
#pragma once

#include "questions.hpp"

#include <string>

namespace weir::prove {

std::string remedy_for(const policy& p, const catalogue& in, const subject& s, std::size_t table);

}  // namespace weir::prove
