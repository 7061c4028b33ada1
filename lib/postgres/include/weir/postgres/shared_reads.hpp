// Reads of many callers over the connections of a pool. Reads that wait while all connections are busy are
// sent in batches; read_queue.hpp says which, and why.
//
// Used on the pool's executor only. The pool stays the limiter: as many statements run at a time as it has
// connections. The queue of reads is as long as the pool's.
//
// query() ends by its deadline. It ends at once with
// - errc::unavailable while the server is known to be away,
// - errc::overloaded if the queue is full,
// - errc::cancelled if the caller is cancelled or the pool stopped.
//
// A caller that gave up is not waited for. Its statement runs on and keeps its connection until the server is
// done.
#pragma once

#include "weir/postgres/pool.hpp"
#include "weir/postgres/read_queue.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weir::postgres {

class shared_reads {
 public:
    // Statements that are known to take longer than `quick_max` are sent alone. The pool must outlive this
    // object.
    explicit shared_reads(pool& over, microseconds quick_max = read_queue::options{}.quick_max);
    ~shared_reads();  // ends reads that still wait with errc::cancelled
    shared_reads(const shared_reads&) = delete;
    shared_reads& operator=(const shared_reads&) = delete;

    // Runs one prepared statement that changes nothing. If a pooled connection turns out to have died before
    // it was used, the read is sent once more. Name and SQL must outlive this object.
    awaitable<result<table>> query(const std::string& name, const std::string& sql,
                                   std::vector<sql_text> values, deadline until);

    // Returns how many reads wait for a connection. From any thread.
    std::size_t waiting() const;

 private:
    class core;
    std::shared_ptr<core> core_;  // shared with the batch workers, which end when no read waits
};

}  // namespace weir::postgres
