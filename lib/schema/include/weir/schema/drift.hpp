// What the database records, compared with what the file declares. A table without its trigger (a partition
// made after the migration, a trigger disabled for an import) is changed without anybody being told, so an
// operator must be.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/pool.hpp"

#include <string>
#include <vector>

namespace weir {

// In words, a line each: never migrated, other changes than the file's, triggers that are missing, disabled
// or not ours. Empty: all is well. One round trip that reads the catalogue only and needs no rights on the
// schema weir.
awaitable<result<std::vector<std::string>>> trigger_drift(postgres::connection& on, const policy& p,
                                                          deadline until);

// The same on a pooled connection.
awaitable<result<std::vector<std::string>>> trigger_drift(postgres::pool& from, const policy& p,
                                                          deadline until);

}  // namespace weir
