// What the catalogue says of each declared table: whether its changes are recorded, and whether it is still
// the table that it was. A table without its triggers, or one that another table has replaced, changes what
// Weir serves, and no invalidation tells.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/policy.hpp"
#include "weir/postgres/pool.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir {

// What tells a table from what it was. Each part differs after something else has happened.
struct table_identity {
    std::string relations;  // another table has the name, or a partition came or went
    std::string triggers;   // one was made, disabled or enabled, even if it is as before by now
    std::string files;      // the rows were written anew: TRUNCATE, ALTER TABLE … TYPE, VACUUM FULL

    bool operator==(const table_identity&) const = default;
};

struct table_state {
    std::string table;         // as the change declares it
    bool is_recorded = false;  // every trigger that must exist is there, is Weir's, and is enabled
    table_identity identity;
};

// Returns the state of each declared table. One round trip that reads only the catalogue.
awaitable<result<std::vector<table_state>>> table_states(postgres::pool& from, const policy& p,
                                                         deadline until);

// Returns whether the transactions that wrote all of the table's rows anew have also recorded that any row of
// it may have changed, as TRUNCATE does. Then the relay tells every node, and nothing is left to be
// forgotten. It reads the outbox from end to end.
awaitable<result<bool>> is_rewrite_recorded(postgres::pool& from, const policy& p, const std::string& table,
                                            deadline until);

// Remembers the states, and says whose resources must be forgotten. Pure.
//
// A table that is not recorded is forgotten again in each `interval`, because it may have changed since. A
// table with another identity is forgotten once. Where an unrecorded table is recorded again its identity
// differs, so it is forgotten a last time.
class table_history {
 public:
    using time_point = steady_clock::time_point;

    enum class cause { replaced, triggers_altered, rewritten, unrecorded };
    struct due_table {
        table_state state;
        cause why = cause::replaced;
    };

    explicit table_history(milliseconds interval) : interval_(interval) {}

    // Returns the tables that are due. They stay due until they are settled.
    std::vector<due_table> due(const std::vector<table_state>& now, time_point at);

    // Notes that the table's resources were forgotten after its state was read, at `at`.
    void settle(const table_state& state, time_point at);

 private:
    static cause cause_of(const table_identity& before, const table_identity& now);

    struct known {
        table_identity identity;
        time_point forgotten_at{};
    };

    milliseconds interval_;
    std::map<std::string, known> known_;
};

}  // namespace weir
