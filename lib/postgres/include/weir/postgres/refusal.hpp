// What an error of a write means to the client that asked for it. Pure.
#pragma once

#include "weir/base/error.hpp"
#include "weir/postgres/connection.hpp"

#include <optional>
#include <string>

namespace weir::postgres {

// A write that the database understood and does not want. The reason is for the client.
struct refusal {
    errc what = errc::constraint;  // or conflict, forbidden
    std::string reason;  // the text of a raised exception, or the constraint or column; never values of rows
    bool is_raised = false;  // by a function or trigger of the schema's author
};

// Returns nullopt for an error that is not the client's to mend: a missing privilege, a broken statement, a
// server that goes down, a lost race.
std::optional<refusal> refusal_of(const server_error& error);

}  // namespace weir::postgres
