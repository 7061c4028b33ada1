// A Redis client: one connection, on which the commands of all requests of a worker are pipelined, and which
// comes back by itself.
//
// The connection is the circuit breaker. A command that misses its deadline closes it, so all that wait fail
// at once (errc::unavailable), and so does every command until the server has answered a greeting again:
// there is no queue of commands for better times, and an outage costs a request no waiting. A silent peer is
// noticed by a PING while idle. A server that refuses writes (a replica, after a failover) is given up: what
// cannot be deleted there must not be read there, and the next attempt may find the master elsewhere.
#pragma once

#include "weir/redis/keyspace.hpp"

#include <cstddef>
#include <random>
#include <set>

namespace weir::redis {

class connection;
class refusal_log;
class sentinels;

// What the owner of several clients has to say to each.
struct client_owner {
    admission admit;                     // may be empty
    std::function<void()> when_changed;  // connected or lost; may be empty
    client_stats* counts = nullptr;      // all but is_connected go there; null: the client's own
};

class client final : public keyspace {
 public:
    client(boost::asio::any_io_executor executor, options settings, admission admit = {});
    client(boost::asio::any_io_executor executor, options settings, client_owner owner);
    ~client() override;
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // Logs redis_connected, redis_lost and redis_unreachable, once per transition.
    awaitable<void> run() override;
    void stop() override;

    // Whether a greeting was answered and nothing has gone wrong since. From any thread.
    bool is_connected() const override { return own_stats_.is_connected.load(std::memory_order_relaxed); }
    const client_stats& stats() const override { return own_stats_; }
    const std::string& last_failure() const override { return last_failure_; }
    // Of the server: "run id:replication id"; empty while not connected and when it does not tell.
    const std::string& identity() const { return identity_; }

    awaitable<result<std::vector<reply>>> ask(std::span<const question> questions, deadline until) override;
    awaitable<result<std::vector<reply>>> ask_strings(const std::string& key,
                                                      const std::vector<std::string>& others,
                                                      deadline until) override;
    std::vector<question> removal(const std::vector<std::string>& names) const override;
    result<reply> accept(reply r) override;
    std::optional<server_address> home_of(const std::string& key) const override;

    // The same without the formalities: all keys are here.
    awaitable<result<reply>> command(command_line argv, deadline until);
    awaitable<result<std::vector<reply>>> commands(std::vector<command_line> argvs, deadline until);
    // `count` formatted commands, replies as they come.
    awaitable<result<std::vector<reply>>> exchange(std::string formatted, std::size_t count, deadline until);

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
    std::unique_ptr<sentinels> sentinels_;  // null unless they are who knows the server
    options server_;                        // of the current attempt or connection
    client_stats own_stats_;
    client_stats& stats_;
    boost::asio::steady_timer stop_signal_;
    bool is_stopping_ = false;
    std::unique_ptr<connection>
        connection_;  // also while it greets; is_connected() says whether it may be used
    std::optional<steady_clock::time_point> connected_at_;
    std::string identity_;
    bool has_told_missing_identity_ = false;
    std::string last_failure_;
    std::set<std::string> reasons_logged_;  // since the last connection
    std::unique_ptr<refusal_log> refusals_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir::redis
