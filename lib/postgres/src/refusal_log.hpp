// What Postgres refused, in the log. Rate limited for the process: a broken statement under load must not
// fill a disk.
#pragma once

#include "weir/postgres/connection.hpp"

#include <string_view>

namespace weir::postgres {

void log_refusal(const refusal& what, std::string_view statement);

}  // namespace weir::postgres
