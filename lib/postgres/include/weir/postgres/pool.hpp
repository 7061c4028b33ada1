// A worker's share of the connections: bounded, with a bounded queue. It is Weir's limiter, too: Postgres
// never runs more than `size` of this worker's statements, those whose requests gave up included.
//
// Used on its executor only; the numbers may be read from any thread. acquire() ends by its deadline, at once
// with errc::unavailable while the server is known to be away, with errc::overloaded when the queue is full,
// with errc::cancelled after stop(). The decisions are pool_rules'.
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
    // The server ends any statement after this. A bit more than the longest deadline, so that what was given
    // up on here does not run there for long; its slot is taken until then.
    milliseconds statement_timeout{3000};
    // The server ends a transaction whose next statement does not come: a cut-off node must not hold row
    // locks for ever.
    milliseconds idle_in_transaction_timeout{5'000};
};

struct pool_stats {
    std::atomic<std::size_t> in_use{0};
    std::atomic<std::size_t> idle{0};
    std::atomic<std::size_t> draining{0};  // given up on here, perhaps still running there
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> open_failures{0};
    std::atomic<std::uint64_t> missed_deadlines{0};
    std::atomic<bool> is_up{false};
};

class pool_core;

// A connection for as long as this lives. Given back in order, it is pooled; in any other state it is closed.
class loan {
 public:
    loan(std::shared_ptr<pool_core> from, std::size_t slot);
    loan(loan&&) noexcept = default;
    loan& operator=(loan&&) = delete;
    ~loan();

    connection& operator*() const { return *connection_; }
    connection* operator->() const { return connection_; }

    // It served someone before, so it may turn out to have died since: worth a second try, for a read.
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

    // Closes what is idle, ends what is running and whoever waits with errc::cancelled.
    void stop();

    const pool_stats& stats() const;
    boost::asio::any_io_executor executor() const;
    std::size_t size() const;
    std::size_t queue_max() const;
    std::size_t free() const;  // connections, open or not, that nobody uses

 private:
    std::shared_ptr<pool_core>
        core_;  // shared with the loans and the background coroutines, which end with stop()
};

}  // namespace weir::postgres
