// BEGIN, COMMIT and ROLLBACK, and what it means when they fail.
#pragma once

#include "weir/postgres/connection.hpp"

#include <string>

namespace weir {

inline const std::string begin_name = "weir_begin";
inline const std::string begin_sql = "begin";
inline const std::string commit_name = "weir_commit";
inline const std::string commit_sql = "commit";

// errc::outcome_unknown when nobody heard the server's answer; any other error: not committed.
awaitable<result<void>> commit(postgres::connection& on, deadline until);

// Best effort: where it cannot be done, the pool closes the connection, which does the same.
awaitable<void> roll_back(postgres::connection& on, deadline until);

}  // namespace weir
