// What the database records, compared with what the file declares. Changes of a table without its trigger (a
// partition made after the migration, a trigger disabled for an import) reach no cache. An operator must be
// told.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/pool.hpp"

#include <string>
#include <vector>

namespace weir {

// Returns why writes would go unrecorded, a line each: never migrated, columns that are not recorded,
// triggers that are missing, disabled or not Weir's. Empty if all is recorded that the file declares. More
// may be: another file, or a later version of this one, was migrated too. One round trip that reads only the
// catalogue and needs no rights on the schema weir.
awaitable<result<std::vector<std::string>>> trigger_drift(postgres::connection& on, const policy& p,
                                                          deadline until);

// Does the same on a pooled connection.
awaitable<result<std::vector<std::string>>> trigger_drift(postgres::pool& from, const policy& p,
                                                          deadline until);

// Returns what the database records beyond the file, a line each. No reason not to serve.
awaitable<result<std::vector<std::string>>> ahead_of_file(postgres::pool& from, const policy& p,
                                                          deadline until);

}  // namespace weir
