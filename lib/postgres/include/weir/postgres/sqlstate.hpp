// What Postgres's five-character error codes mean to Weir. Pure.
// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
#pragma once

#include "weir/base/error.hpp"

#include <string_view>

namespace weir::postgres {

// Returns the meaning of an SQLSTATE: conflict, constraint, timeout, overloaded, or
// - malformed: a parameter's text is not one of the type that it is cast to,
// - unavailable: going down, or lost against another transaction; a new try may succeed,
// - rejected: everything that a new try cannot mend.
errc to_errc(std::string_view sqlstate);

// Returns whether the server's message for this code repeats values that it was given (class 22: "invalid
// input syntax for type integer: …"). Such a message must not be logged.
bool repeats_values(std::string_view sqlstate);

}  // namespace weir::postgres
