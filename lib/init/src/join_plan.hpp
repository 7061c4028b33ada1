// Items with the rows that they refer to, where a foreign key leads from one served table to another. Pure.
#pragma once

#include "table_plan.hpp"
#include "unique_names.hpp"

namespace weir::init {

// Adds to each table with an item and foreign keys an item with its references. The tables that are referred
// to get the queries that find it when their rows change.
void plan_joins(file_plan& file, const catalogue& from, unique_names& resource_names);

}  // namespace weir::init
