// What `weir migrate` installs: the schema "weir" with its outbox, and triggers that record changed rows
// inside the transaction of the write. Each table with a declared change gets them, and so do its partitions
// and the tables that inherit from it.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"

#include <string>
#include <vector>

namespace weir {

// What happens to Weir's triggers on tables that the policy does not declare. Another fleet may need them.
enum class leftovers { kept, removed };

// Returns the whole migration as SQL, to be run in one transaction. Running it again changes nothing. It
// fails with the names of all declared tables and columns that do not exist. Needs PostgreSQL 13. Pure.
std::string migration_sql(const policy& p, leftovers others = leftovers::kept);

// Returns the same as a script that any client runs as one transaction, with a comment that says how.
std::string migration_script(const policy& p, leftovers others = leftovers::kept);

// Returns a query with a line for each relation that has such triggers: "orders: weir_delete, weir_insert".
std::string leftovers_query(const policy& p);

// Returns the comment that a migration puts on weir.outbox. It differs when anything that the migration
// installs differs.
std::string installation_mark(const policy& p);

struct migration_outcome {
    error_code failure;             // none: installed
    std::string problem;            // for the operator
    std::vector<std::string> left;  // the lines of leftovers_query()
};

// Runs the migration in a transaction, one node at a time (advisory lock). The connection must be idle.
awaitable<migration_outcome> migrate(postgres::connection& on, const policy& p, leftovers others,
                                     deadline until);

// Does the same on a connection of its own.
awaitable<migration_outcome> migrate(postgres::conninfo to, const policy& p, leftovers others,
                                     deadline until);

}  // namespace weir
