// BEGIN, COMMIT and ROLLBACK, and what it means when they fail.
#pragma once

#include "weir/postgres/connection.hpp"

#include <string>

namespace weir {

inline const std::string begin_name = "weir_begin";
inline const std::string begin_sql = "begin";
inline const std::string commit_name = "weir_commit";
inline const std::string commit_sql = "commit";

// Commits. Returns errc::outcome_unknown if the server's answer did not arrive. After any other error the
// transaction is not committed.
awaitable<result<void>> commit(postgres::connection& on, deadline until);

// Rolls back if possible. Otherwise the pool closes the connection, which has the same effect.
awaitable<void> roll_back(postgres::connection& on, deadline until);

}  // namespace weir
