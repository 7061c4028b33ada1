// A Redis client: one connection, on which the commands of all requests of a worker are pipelined, and which
// comes back by itself.
//
// Used only on its worker's executor (one thread), stats() apart. run() must be over before the client is
// destroyed: stop() and let the executor run until it is.
//
// The connection is the circuit breaker. A command that misses its deadline closes it, so all that wait fail
// at once (errc::unavailable), and so does every command until the server has answered a greeting again:
// there is no queue of commands for better times, and an outage costs a request no waiting. A silent peer is
// noticed by a PING while idle.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/command.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/url.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace weir::redis {

class connection;

// Readable from any thread.
struct client_stats {
    std::atomic<std::uint64_t> commands{0};     // sent, those of greetings and PINGs included
    std::atomic<std::uint64_t> timeouts{0};     // missed their deadline
    std::atomic<std::uint64_t> overloaded{0};   // not sent because a bound was reached
    std::atomic<std::uint64_t> refusals{0};     // answered with an error, NOSCRIPT apart
    std::atomic<std::uint64_t> connections{0};  // successful ones; all after the first are reconnects
    std::atomic<bool> is_connected{false};
};

class client {
 public:
    client(boost::asio::any_io_executor executor, options settings);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // Connects, and again whenever the connection is lost, until stop(). Logs redis_connected, redis_lost and
    // redis_unreachable, once per transition.
    awaitable<void> run();
    void stop();

    // Whether a greeting was answered and nothing has gone wrong since. From any thread.
    bool is_connected() const { return stats_.is_connected.load(std::memory_order_relaxed); }
    const client_stats& stats() const { return stats_; }
    // Why the last attempt or connection ended, without secrets; empty while connected.
    const std::string& last_failure() const { return last_failure_; }

    // A command and its reply, which is never a refusal: that is errc::rejected or errc::unavailable (see
    // judge()) and in the log. Also errc::timeout, unavailable, overloaded, protocol; errc::cancelled when
    // the caller is cancelled or the client stopped, and the command may yet be carried out.
    awaitable<result<reply>> command(command_line argv, deadline until);

    // The same for several at once: one round trip, replies in the order of the commands. Not a transaction.
    // The error is that of the first that failed; others may have succeeded.
    awaitable<result<std::vector<reply>>> commands(std::vector<command_line> argvs, deadline until);

    // For what reads refusals itself: `count` formatted commands, replies as they come.
    awaitable<result<std::vector<reply>>> exchange(std::string formatted, std::size_t count, deadline until);

    // Turns a refusal into its error and writes it to the log, rarely.
    result<reply> accept(reply r);

 private:
    struct refusal_record {
        steady_clock::time_point quiet_until{};
        std::uint64_t suppressed = 0;
    };

    awaitable<void> keep_connected();
    awaitable<std::string> attempt();
    void note_connected(steady_clock::duration after);
    void note_lost(const std::string& reason);
    void end_connection(errc why);
    void log_refusal(const refusal& r);

    boost::asio::any_io_executor executor_;
    const options options_;
    const std::string address_;  // for the log
    client_stats stats_;
    boost::asio::steady_timer stop_signal_;
    bool is_stopping_ = false;
    std::unique_ptr<connection>
        connection_;  // also while it greets; is_connected() says whether it may be used
    std::optional<steady_clock::time_point> connected_at_;
    std::string last_failure_;
    std::set<std::string> reasons_logged_;  // since the last connection
    std::map<std::string, refusal_record> refusals_logged_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir::redis
