// The trigger function of a change: what it records of a statement. Pure text.
#pragma once

#include "weir/policy/policy.hpp"

#include <string>

namespace weir {

// weir.remember(): what the recorders share.
std::string remember_sql();

std::string recorder_sql(const change& c);

// What stands between the function's quotes: Postgres keeps it as it is, so that it can be compared.
std::string recorder_body(const change& c);

}  // namespace weir
