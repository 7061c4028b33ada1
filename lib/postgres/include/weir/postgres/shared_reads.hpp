// Reads of many callers over the connections of a pool: those that wait while all connections are busy travel
// together (read_line.hpp says who with whom, and why).
//
// Used on the pool's executor only. The pool stays the limiter: as many statements run at a time as it has
// connections, and the line is as long as its queue may be. ask() ends by its deadline, at once with
// errc::unavailable while the server is known to be away, with errc::overloaded when the line is full, with
// errc::cancelled when the caller is cancelled or the pool stopped. A caller who gave up is not waited for;
// what was asked for him runs on, and keeps its connection until the server is done.
#pragma once

#include "weir/postgres/pool.hpp"
#include "weir/postgres/read_line.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weir::postgres {

class shared_reads {
 public:
    // Statements that are known to take longer than `quick_max` travel alone. The pool outlives it.
    explicit shared_reads(pool& over, microseconds quick_max = read_line::limits{}.quick_max);
    ~shared_reads();  // whoever still asks gets errc::cancelled
    shared_reads(const shared_reads&) = delete;
    shared_reads& operator=(const shared_reads&) = delete;

    // One prepared statement that changes nothing. A connection that turns out to have died before it was
    // used costs a second try. Name and SQL outlive the object.
    awaitable<result<table>> ask(const std::string& name, const std::string& sql,
                                 std::vector<sql_text> values, deadline until);

    // How many wait for a connection. From any thread.
    std::size_t waiting() const;

 private:
    class core;
    std::shared_ptr<core> core_;  // shared with the runners, which end when nobody waits
};

}  // namespace weir::postgres
