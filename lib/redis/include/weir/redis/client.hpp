// A Redis client: one connection, on which the commands of all requests of a worker are pipelined. It
// reconnects by itself.
//
// The connection is the circuit breaker. A command that misses its deadline closes it, so all commands that
// wait fail at once (errc::unavailable). So does every later command until the server has answered a greeting
// again. No command is queued while the server is away, so an outage costs a request no waiting. A PING while
// idle finds a silent server.
//
// A server that refuses writes (a replica, after a failover) is given up. What cannot be deleted there must
// not be read there, and the next attempt may find the master elsewhere.
#pragma once

#include "weir/redis/keyspace.hpp"

#include <cstddef>
#include <random>
#include <set>

namespace weir::redis {

class connection;
class error_reply_log;
class sentinels;

// What the owner of several clients gives to each.
struct client_owner {
    admission admit;                     // may be empty
    std::function<void()> when_changed;  // called when connected or lost; may be empty
    client_stats* counts = nullptr;      // takes all counts but is_connected; null: the client's own do
};

class client final : public keyspace {
 public:
    client(boost::asio::any_io_executor executor, options settings, admission admit = {});
    client(boost::asio::any_io_executor executor, options settings, client_owner owner);
    ~client() override;
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // Connects and reconnects. Logs redis_connected, redis_lost and redis_unreachable, once for each
    // transition.
    awaitable<void> run() override;
    void stop() override;

    // Returns whether a greeting was answered and nothing has failed since. From any thread.
    bool is_connected() const override { return own_stats_.is_connected.load(std::memory_order_relaxed); }
    const client_stats& stats() const override { return own_stats_; }
    const std::string& last_failure() const override { return last_failure_; }
    // Returns the identity of the server: "run id:replication id". Empty while not connected, and if the
    // server does not tell it.
    const std::string& identity() const { return identity_; }

    awaitable<result<std::vector<reply>>> exec(std::span<const keyed_command> commands,
                                               deadline until) override;
    awaitable<result<std::vector<reply>>> get_strings(const std::string& key,
                                                      const std::vector<std::string>& others,
                                                      deadline until) override;
    std::vector<keyed_command> removal(const std::vector<std::string>& names) const override;
    result<reply> accept(reply r) override;
    std::optional<server_address> home_of(const std::string& key) const override;

    // Does the same for commands as their words: all keys are on this server.
    awaitable<result<reply>> command(command_line argv, deadline until);
    awaitable<result<std::vector<reply>>> commands(std::vector<command_line> argvs, deadline until);
    // Sends `count` formatted commands. Returns their replies as they are.
    awaitable<result<std::vector<reply>>> exec_formatted(std::string formatted, std::size_t count,
                                                         deadline until);

 private:
    awaitable<void> keep_connected();
    awaitable<std::string> attempt();
    awaitable<std::optional<server_address>> locate(deadline until);
    awaitable<bool> is_master();
    void note_connected(const std::string& identity, steady_clock::duration after);
    void note_lost(const std::string& reason);
    void end_connection(errc why);

    boost::asio::any_io_executor executor_;
    const options options_;
    const client_owner owner_;
    const std::string address_;             // for the log
    std::unique_ptr<sentinels> sentinels_;  // null unless the address comes from them
    options server_;                        // of the current attempt or connection
    client_stats own_stats_;
    client_stats& stats_;
    boost::asio::steady_timer stop_signal_;
    bool is_stopping_ = false;
    std::unique_ptr<connection> connection_;  // set while it greets, too; is_connected(): it may be used
    std::optional<steady_clock::time_point> connected_at_;
    std::string identity_;
    bool has_told_missing_identity_ = false;
    std::string last_failure_;
    std::set<std::string> reasons_logged_;  // since the last connection
    std::unique_ptr<error_reply_log> errors_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir::redis
