// What the database records, compared with what the file declares. Changes of a table without its trigger (a
// partition made after the migration, a trigger disabled for an import) reach no cache. An operator must be
// told.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/pool.hpp"

#include <string>
#include <vector>

namespace weir {

// Returns the differences, a line each: never migrated, other changes than the file's, triggers that are
// missing, disabled or not Weir's. Empty if there is none. One round trip that reads only the catalogue and
// needs no rights on the schema weir.
awaitable<result<std::vector<std::string>>> trigger_drift(postgres::connection& on, const policy& p,
                                                          deadline until);

// Does the same on a pooled connection.
awaitable<result<std::vector<std::string>>> trigger_drift(postgres::pool& from, const policy& p,
                                                          deadline until);

}  // namespace weir
