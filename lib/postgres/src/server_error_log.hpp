// Errors of Postgres in the log. Rate limited for the process: a broken statement under load must not fill a
// disk.
#pragma once

#include "weir/postgres/connection.hpp"

#include <string_view>

namespace weir::postgres {

// Writes the error of a statement to the log as postgres_refused.
void log_server_error(const server_error& what, std::string_view statement);

}  // namespace weir::postgres
