// What `weir migrate` installs: the schema "weir" with its outbox, and triggers that record changed rows
// inside the transaction of the write. Each table with a declared change gets them, and so do its partitions
// and the tables that inherit from it.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"

#include <string>
#include <vector>

namespace weir {

// What happens to what is installed and not declared: triggers on other tables, columns of declared ones.
// Other files may need them. `removed` spares what a consumer that is alive needs.
enum class leftovers { kept, removed };

// Returns the whole migration as SQL, to be run in one transaction. Running it again changes nothing. It
// fails with the names of all declared tables and columns that do not exist, and where it would take away
// what others need: migrate() looks first, and installs the union. Needs PostgreSQL 13. Pure.
std::string migration_sql(const policy& p, leftovers others = leftovers::kept);

// Returns the same as a script that any client runs as one transaction, with a comment that says how.
std::string migration_script(const policy& p, leftovers others = leftovers::kept);

// Returns a query with a line for each relation that has such triggers: "orders: weir_delete, weir_insert".
std::string leftovers_query(const policy& p);

// Returns the comment that a migration puts on weir.outbox. It differs between versions of Weir that install
// another schema.
std::string installation_mark();

// Returns the script that removes the schema weir with everything in it, and all triggers. It fails if a
// consumer is alive, unless `is_forced`. Pure.
std::string removal_script(bool is_forced);

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

// Runs removal_script() on a connection of its own.
awaitable<migration_outcome> uninstall(postgres::conninfo to, bool is_forced, deadline until);

}  // namespace weir
