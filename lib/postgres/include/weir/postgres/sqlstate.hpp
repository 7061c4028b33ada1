// What Postgres's five-character error codes mean to Weir. Pure.
// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
#pragma once

#include "weir/base/error.hpp"

#include <string_view>

namespace weir::postgres {

// conflict, constraint, malformed (a parameter's text is none of the type that it is cast to), unavailable
// (going down, or lost against another transaction: trying again may succeed), timeout, overloaded, or
// rejected for everything that trying again cannot mend.
errc to_errc(std::string_view sqlstate);

// Whether the server's message of this code repeats values that it was given (class 22: "invalid input syntax
// for type integer: …"). Such a message is not for the log.
bool repeats_values(std::string_view sqlstate);

}  // namespace weir::postgres
