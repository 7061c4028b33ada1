// A worker's share of the connections: bounded, with a bounded queue. It is also Weir's limiter: Postgres
// never runs more than `size` statements of this worker, including those of requests that gave up.
//
// Used on its executor only; the numbers may be read from any thread. acquire() ends by its deadline. It ends
// at once with errc::unavailable while the server is known to be away, with errc::overloaded if the queue is
// full, and with errc::cancelled after stop(). pool_rules makes the decisions.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/postgres/connection.hpp"
#include "weir/postgres/conninfo.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weir::postgres {

struct pool_options {
    conninfo to;
    std::size_t size = 4;
    std::size_t queue_max = 64;
    milliseconds connect_timeout{1000};
    // The server ends any statement after this. It is a bit longer than the longest deadline, so that a
    // statement that was given up on here does not run there for long. Its slot is taken until then.
    milliseconds statement_timeout{3000};
    // The server ends a transaction whose next statement does not come: a node that is cut off must not hold
    // row locks for ever.
    milliseconds idle_in_transaction_timeout{5'000};
};

struct pool_stats {
    std::atomic<std::size_t> in_use{0};
    std::atomic<std::size_t> idle{0};
    std::atomic<std::size_t> draining{0};  // given up on here, perhaps still running on the server
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> open_failures{0};
    std::atomic<std::uint64_t> missed_deadlines{0};
    std::atomic<bool> is_up{false};
};

class pool_core;

// A connection, borrowed for as long as this lives. It returns to the pool if it is reusable; otherwise it is
// closed.
class loan {
 public:
    loan(std::shared_ptr<pool_core> from, std::size_t slot);
    loan(loan&&) noexcept = default;
    loan& operator=(loan&&) = delete;
    ~loan();

    connection& operator*() const { return *connection_; }
    connection* operator->() const { return connection_; }

    // Returns whether the connection was used before. It may turn out to have died since, so a read is worth
    // a second try.
    bool is_reused() const { return is_reused_; }

 private:
    std::shared_ptr<pool_core> core_;
    std::size_t slot_;
    connection* connection_;
    bool is_reused_;
    std::uint64_t answers_before_;
};

class pool {
 public:
    pool(const boost::asio::any_io_executor& executor, pool_options options);
    ~pool();  // stops
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    awaitable<result<loan>> acquire(deadline until);

    // Closes idle connections. Ends running operations and waiting requests with errc::cancelled.
    void stop();

    const pool_stats& stats() const;
    boost::asio::any_io_executor executor() const;
    std::size_t size() const;
    std::size_t queue_max() const;
    std::size_t free() const;  // connections, open or not, that are not in use

 private:
    // Shared with the loans and the background coroutines, which end with stop().
    std::shared_ptr<pool_core> core_;
};

}  // namespace weir::postgres
