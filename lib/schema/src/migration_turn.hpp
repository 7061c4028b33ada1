// The turn of a migration: one at a time on a database. Pure text.
#pragma once

#include <string>

namespace weir {

// Returns the statements with which every migration begins, inside its transaction.
std::string turn_sql();

}  // namespace weir
