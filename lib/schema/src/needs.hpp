// What is recorded of each table: what a database records now, what live consumers need, and the union of
// that with a file. A migration installs the union, so that no other consumer misses a change.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct recorded_table {
    std::string name;  // as a change declares it
    std::vector<std::string> columns;
    std::size_t bulk_rows = 0;
    bool is_installed = false;  // false: a live consumer needs it
};

// Returns the policy with the columns that others need of its tables, and the largest bulk_rows. A table that
// only others need is added if a live consumer needs it. With leftovers::removed, what is merely installed
// counts for nothing. Pure.
policy with_needs(policy p, const std::vector<recorded_table>& others, bool keeps_installed);

// Reads {"orders": {"columns": ["id"], "bulk_rows": 1000}}. Skips what it cannot read. Pure.
std::vector<recorded_table> needs_in(std::string_view json, bool is_installed);

// Reads what is installed, and what live consumers need. No rows where nothing was migrated yet.
awaitable<result<std::vector<recorded_table>>> needs_of_others(postgres::connection& on, deadline until);

}  // namespace weir
