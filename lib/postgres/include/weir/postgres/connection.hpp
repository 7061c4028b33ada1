// One session with Postgres: libpq in non-blocking mode, its socket watched by Asio.
//
// Used on its executor only, one operation at a time. Every operation ends by its deadline. When it misses
// the deadline or its coroutine is cancelled, the server may still be at work. The connection is then busy
// and serves no other operation: drain() waits until the server is done, or close() gives the connection up.
// cancel() ends a waiting operation with errc::cancelled.
//
// libpq never blocks here: names are resolved before it connects, and no code calls PQcancel.
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

using sql_text = std::optional<std::string>;  // a value in text format; nullopt stands for null

struct table {
    std::vector<std::vector<sql_text>> rows;
    std::uint64_t affected = 0;
    std::vector<std::uint32_t> types;  // OIDs of the columns' types, where the step asked for them
};

// One prepared statement to run. Name and SQL are borrowed until the operation is over. A name always has the
// same SQL.
struct step {
    const std::string& name;
    const std::string& sql;
    std::vector<sql_text> values;
    std::vector<std::uint32_t> types{};  // OIDs of the values' types; zero or absent: Postgres infers it
    bool wants_types = false;            // of the columns
};

// The outcomes of steps, in their order, up to and including the first error.
using outcomes = std::vector<result<table>>;

// What a statement takes and gives, as the server analysed it.
struct description {
    struct column {
        std::string name;
        std::uint32_t type = 0;  // OID
        int modifier = -1;       // such as the scale of a numeric; -1: none
    };

    std::vector<std::uint32_t> parameters;  // OIDs of their types
    std::vector<column> columns;            // of its result
};

// The last error, for people and for tests. The message may repeat values, so it is not logged as it is.
struct server_error {
    std::string sqlstate;  // empty when the connection failed rather than the statement
    std::string message;
    std::string constraint{};  // empty if the server names none, as the next ones
    std::string column{};
    std::string routine{};     // the server's own function that raised it: never translated
    std::string hint{};        // the server's, or empty
    std::size_t position = 0;  // in the statement, in characters from 1; 0: not known
};

class connection {
 public:
    explicit connection(const boost::asio::any_io_executor& executor);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    awaitable<result<void>> connect(conninfo to, deadline until);

    // Runs one or several statements without values, by the simple protocol. Returns the table of the last
    // one.
    awaitable<result<table>> exec(std::string sql, deadline until);

    // Runs the steps in one round trip. The server skips the steps after one that fails. Outside a
    // transaction block they are one transaction.
    //
    // Statements are prepared on first use. The server may have lost a plan (DISCARD ALL), or tables may have
    // changed under it. All statements are then prepared anew and the batch runs once more, unless a
    // transaction was open before.
    awaitable<result<std::vector<table>>> batch(std::span<const step> steps, deadline until);

    // Runs independent reads in one round trip and one transaction. Returns an outcome for each in its order,
    // up to and including the first error. The server skips the reads after that one; they may be sent again.
    // Plans are prepared anew as for a batch.
    awaitable<result<outcomes>> reads(std::span<const step> steps, deadline until);

    // Runs a batch of one step.
    awaitable<result<table>> query(const std::string& name, const std::string& sql,
                                   std::vector<sql_text> values, deadline until);

    // Asks the server to analyse a statement, without running it or keeping it. The parameters' types are
    // those that the statement names, and those that Postgres infers.
    awaitable<result<description>> describe(std::string sql, deadline until);

    // Waits for notifications, after LISTEN. Takes in all that the server has sent, and returns their number.
    // Returns zero if the deadline came first: the connection stays usable.
    awaitable<result<std::size_t>> notifications(deadline until);

    // Waits, after a missed deadline, until the server is done with its statement, or until the deadline.
    awaitable<void> drain(deadline until);

    bool is_open() const { return handle_ != nullptr; }
    bool is_busy() const { return is_busy_; }
    bool has_missed_deadline() const { return is_late_; }  // of the last operation
    bool is_in_transaction() const;
    bool is_reusable() const { return is_open() && !is_busy_ && !is_spoilt_ && !is_in_transaction(); }
    const server_error& last_error() const { return last_error_; }
    int backend_pid() const;

    // Calls `handler` while the connection is idle, when the server sends something or closes. Ends by
    // stop_watching() or by destruction.
    void watch(std::function<void()> handler);
    void stop_watching();

    // Takes in what the server has sent. Returns false, with the connection closed, if it is gone.
    bool still_there();

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
    awaitable<result<description>> collect_description(deadline until);

    result<void> may_start(deadline until) const;
    result<std::vector<bool>> send(std::span<const step> steps);
    result<table> read(reply from, const std::string& name, bool wants_types = false);
    errc refused(const reply& by, const std::string& name);
    errc lost();         // closes; libpq's message becomes the last error
    bool take_in();      // reads what the server has sent; false, and closed, if it is gone
    bool has_dropped();  // whether libpq has closed the socket itself
    void release_descriptor();

    boost::asio::posix::stream_descriptor descriptor_;
    boost::asio::steady_timer timer_;
    std::unique_ptr<pg_conn, finish> handle_;
    std::set<std::string, std::less<>> prepared_;
    server_error last_error_;
    bool is_busy_ = false;    // the server owes replies
    bool is_spoilt_ = false;  // a transaction found its plans out of date
    bool has_stale_plan_ = false;
    bool is_cancelled_ = false;
    bool is_late_ = false;
};

}  // namespace weir::postgres
