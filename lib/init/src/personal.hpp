// Judges by its name whether a column is for every client's eyes. Pure.
#pragma once

#include <string_view>

namespace weir::init {

enum class exposure { open, personal, secret };

// Returns what the name looks like: a password, a token or a key is secret; mail, phone, birth and the like
// are personal. When in doubt it is not open: a column that was left out is easily added by hand.
exposure exposure_of(std::string_view column_name);

}  // namespace weir::init
