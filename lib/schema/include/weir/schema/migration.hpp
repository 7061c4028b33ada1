// What `weir migrate` installs: the schema "weir" with its outbox, and on each table with a declared change,
// its partitions and the tables that inherit from it, the triggers that record changed rows in it, inside the
// writer's own transaction.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"

#include <string>
#include <vector>

namespace weir {

// What becomes of Weir's triggers on tables that the policy does not declare. Another fleet may need them.
enum class leftovers { kept, removed };

// The whole migration as SQL, to be run in one transaction; running it again changes nothing. It refuses,
// naming all of them, when declared tables or columns do not exist. Needs PostgreSQL 13. Pure.
std::string migration_sql(const policy& p, leftovers others = leftovers::kept);

// The same as a script that any client runs as one transaction, with a word on how.
std::string migration_script(const policy& p, leftovers others = leftovers::kept);

// Selects a line for each relation that has such triggers: "orders: weir_delete, weir_insert".
std::string leftovers_query(const policy& p);

// What a migration leaves behind as the comment of weir.outbox: differs when anything that it installs
// differs.
std::string installation_mark(const policy& p);

struct migration_outcome {
    error_code failure;             // none: installed
    std::string problem;            // what to tell the operator
    std::vector<std::string> left;  // the lines of leftovers_query()
};

// Runs it in a transaction, one node at a time (advisory lock). The connection must be idle.
awaitable<migration_outcome> migrate(postgres::connection& on, const policy& p, leftovers others,
                                     deadline until);

// The same on a connection of its own.
awaitable<migration_outcome> migrate(postgres::conninfo to, const policy& p, leftovers others,
                                     deadline until);

}  // namespace weir
