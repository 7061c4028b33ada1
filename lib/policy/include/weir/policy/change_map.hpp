// What tells two change maps apart, and what a change map needs recorded. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <string>

namespace weir {

// Returns a text that differs between two policies if some changed row touches other names in one of them.
// Everything that touched_by() reads stands in it. It may differ without need: that costs an emptied cache.
std::string change_map_text(const policy& p);

// Returns what the changes need of each table, as JSON: {"orders": {"columns": ["id"], "bulk_rows": 1000}}.
std::string recorded_needs(const policy& p);

}  // namespace weir
