// One session with Postgres: libpq in non-blocking mode, its socket watched by Asio.
//
// Used on its executor only, one operation at a time. Every operation ends by its deadline. When it misses
// the deadline, or its coroutine is cancelled, the server may still be at work: the connection is then busy
// and serves no other operation; drain() waits for the server to be done, or close() gives it up. cancel()
// ends a waiting operation with errc::cancelled. libpq blocks nowhere: names are resolved before, and nothing
// calls PQcancel.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/postgres/conninfo.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

struct pg_conn;
struct pg_result;

namespace weir::postgres {

using sql_text = std::optional<std::string>;  // a value in text format; nothing is null

struct table {
    std::vector<std::vector<sql_text>> rows;
    std::uint64_t affected = 0;
};

// One prepared statement to run. Name and SQL are borrowed until the operation is over; a name always has the
// same SQL.
struct step {
    const std::string& name;
    const std::string& sql;
    std::vector<sql_text> values;
};

// Of the steps, in their order, up to the first that was refused.
using outcomes = std::vector<result<table>>;

// The last refusal, for people and for tests. The message may repeat values: it is not for the log as it is.
struct refusal {
    std::string sqlstate;  // empty when the connection failed rather than the statement
    std::string message;
};

class connection {
 public:
    explicit connection(const boost::asio::any_io_executor& executor);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    awaitable<result<void>> connect(conninfo to, deadline until);

    // One or several statements without values, by the simple protocol. The last one's table.
    awaitable<result<table>> exec(std::string sql, deadline until);

    // Runs the steps in one round trip; the server skips those after one that fails. Outside a transaction
    // block they are one transaction. Statements are prepared on first use; when the server has lost a plan
    // (DISCARD ALL) or the tables changed under it, everything is prepared anew and run once more, unless a
    // transaction was open before.
    awaitable<result<std::vector<table>>> batch(std::span<const step> steps, deadline until);

    // Reads that have nothing to do with each other, in one round trip and one transaction. An outcome for
    // each in its order, up to the first that was refused: the server skips those behind it, and they may be
    // asked again. Plans are prepared anew as for a batch.
    awaitable<result<outcomes>> reads(std::span<const step> steps, deadline until);

    // A batch of one.
    awaitable<result<table>> query(const std::string& name, const std::string& sql,
                                   std::vector<sql_text> values, deadline until);

    // After LISTEN: waits until the server has notified, and takes in all that it sent; how many. Zero when
    // the deadline came first, which is no fault: the connection stays usable.
    awaitable<result<std::size_t>> notifications(deadline until);

    // After a missed deadline: waits until the server is done with what it was asked, or `until`.
    awaitable<void> drain(deadline until);

    bool is_open() const { return handle_ != nullptr; }
    bool is_busy() const { return is_busy_; }
    bool has_missed_deadline() const { return is_late_; }  // the last operation
    bool is_in_transaction() const;
    bool is_reusable() const { return is_open() && !is_busy_ && !is_spoilt_ && !is_in_transaction(); }
    const refusal& last_refusal() const { return refusal_; }
    int backend_pid() const;

    // While idle: calls `handler` when the server sends something or closes. Ended by stop_watching() or
    // destruction.
    void watch(std::function<void()> handler);
    void stop_watching();
    bool still_there();  // takes in what the server sent; false, and closed, when the connection is gone

    void cancel();
    void close();

 private:
    struct finish {
        void operator()(pg_conn* handle) const;
    };
    struct clear {
        void operator()(pg_result* reply) const;
    };
    using reply = std::unique_ptr<pg_result, clear>;
    enum class wish { read, write, either };

    awaitable<result<void>> wait(wish what, deadline until);
    awaitable<result<void>> handshake(deadline until);
    awaitable<result<void>> flush(deadline until);
    awaitable<result<void>> receive(deadline until);
    awaitable<result<reply>> next_reply(deadline until);
    awaitable<result<outcomes>> attempt(std::span<const step> steps, deadline until);
    awaitable<result<outcomes>> collect(std::span<const step> steps, std::vector<bool> prepares,
                                        deadline until);
    awaitable<result<table>> collect_simple(deadline until);
    awaitable<result<void>> forget_plans(deadline until);

    result<void> may_start(deadline until) const;
    result<std::vector<bool>> send(std::span<const step> steps);
    result<table> read(reply from, const std::string& name);
    errc refused(const reply& by, const std::string& name);
    errc lost();     // closes; what libpq said becomes the refusal
    bool take_in();  // what the server sent; false, and closed, when it is gone
    std::size_t take_notifications();
    bool has_dropped();  // whether libpq closed the socket itself
    void release_descriptor();

    boost::asio::posix::stream_descriptor descriptor_;
    boost::asio::steady_timer timer_;
    std::unique_ptr<pg_conn, finish> handle_;
    std::set<std::string, std::less<>> prepared_;
    refusal refusal_;
    bool is_busy_ = false;    // the server owes replies
    bool is_spoilt_ = false;  // its plans are out of date, found out inside a transaction
    bool has_stale_plan_ = false;
    bool is_cancelled_ = false;
    bool is_late_ = false;
};

}  // namespace weir::postgres
