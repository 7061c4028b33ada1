// A plain value of each type, for columns of which no row has one. Pure.
#pragma once

#include "catalogue.hpp"

#include <optional>
#include <string>

namespace weir::prove {

// Returns a value that most columns of the type take. Returns nullopt for a type that is not known here. A
// check of a number may exclude its own literals (quantity > 0): the ways 1 and 2 give the next and the last
// number.
std::optional<std::string> plain_value(const column& c, std::size_t way = 0);

}  // namespace weir::prove
