// Reads [[change.NAME.through]]: the queries that find the rows of other tables which a changed row touches.
#pragma once

#include "drafts.hpp"

namespace weir::config {

// Reads the change's queries, and adds the columns that they need to the change. Its bulk_rows are known.
void read_through(section& from, const drafts& all, change_draft& to);

// Checks that each table which a query reads has a change that reaches the same resources, and notes these
// tables as their changes write them. Needs all changes.
void check_through(drafts& all, problems& out);

}  // namespace weir::config
