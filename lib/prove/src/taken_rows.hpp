// Rows that are taken out before the first answer: so that one of them can be put back, or so that its values
// are free for another row. Pure text.
#pragma once

#include "writes.hpp"

#include <string>
#include <vector>

namespace weir::prove {

// Returns statements that delete the rows which refer to a row, and those that refer to these.
std::vector<std::string> clearing(const catalogue& in, const row& r);

// Takes a row out and keeps it for put_back().
std::string taking_out(const catalogue& in, const row& r);

// Inserts the row that was taken out: the database takes it, whatever its constraints are.
trial_write put_back(const catalogue& in, const row& r);

}  // namespace weir::prove
