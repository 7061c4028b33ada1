// A Redis Cluster: a client for each master, and the table that tells which of them owns a slot.
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
//
// The table is read when a connection is lost, when a server replies MOVED and at intervals. It may be wrong
// at any time; the servers then redirect. As with a single server, no command is queued while a server is
// away: a slot whose master is away is errc::unavailable at once.
//
// Invariants:
// - A node lives as long as its client runs or a command is under way there, whatever the table says.
// - Commands on one slot are run in their order. After a redirection they are repeated from the redirected
//   one on, so some may be run twice.
#pragma once

#include "weir/async/task.hpp"
#include "weir/redis/client.hpp"
#include "weir/redis/slots.hpp"

#include "error_reply_log.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::redis {

class cluster final : public keyspace {
 public:
    cluster(boost::asio::any_io_executor executor, options settings, admission admit);
    ~cluster() override;

    // Connects to the nodes and keeps the table. Logs redis_cluster_known and redis_cluster_unreachable
    // besides what its clients log.
    awaitable<void> run() override;
    void stop() override;

    // Returns whether each slot has a master and each master is connected.
    bool is_connected() const override { return stats_.is_connected; }
    const client_stats& stats() const override { return stats_; }
    const std::string& last_failure() const override { return last_failure_; }

    awaitable<result<std::vector<reply>>> exec(std::span<const keyed_command> commands,
                                               deadline until) override;
    awaitable<result<std::vector<reply>>> get_strings(const std::string& key,
                                                      const std::vector<std::string>& others,
                                                      deadline until) override;
    std::vector<keyed_command> removal(const std::vector<std::string>& names) const override;
    result<reply> accept(reply r) override { return errors_.accept(std::move(r), stats_); }
    std::optional<server_address> home_of(const std::string& key) const override;

 private:
    struct node;
    using node_ptr = std::shared_ptr<node>;
    struct open_command;  // without a final reply
    struct node_batch;    // the commands for one server in one round trip
    using table = std::vector<slot_range>;
    using replies = std::vector<reply>;

    awaitable<void> keep_table();
    awaitable<void> pause(steady_clock::duration time);
    awaitable<result<table>> read_table(deadline until);
    awaitable<result<table>> read_table_at(server_address at, deadline until);
    awaitable<result<reply>> read_slots_anew(server_address at, deadline until);
    std::vector<server_address> nodes_to_ask();
    void adopt(const table& known);
    void remove_idle_nodes();
    void note_state();
    bool is_news(const std::string& of_the_table);
    void want_table();

    node_ptr node_at(const server_address& at);
    awaitable<void> run_node(node_ptr n);

    result<std::vector<node_batch>> batches_of(std::vector<open_command>& open,
                                               std::span<const keyed_command> commands) const;
    awaitable<result<void>> exec_batches(std::vector<node_batch>& batches, replies& answers, deadline until);
    awaitable<void> exec_in_parallel(std::vector<node_batch>& batches, replies& answers, deadline until);
    awaitable<void> exec_batch(node_batch& b, replies& answers, deadline until);
    std::vector<open_command> redirected(const std::vector<open_command>& asked, const replies& answers);
    open_command follow(const redirection& to, std::uint16_t slot);
    void move_slot(std::uint16_t slot, const node_ptr& to);

    boost::asio::any_io_executor executor_;
    const options options_;
    const admission admit_;
    client_stats stats_;
    error_reply_log errors_;
    std::map<std::string, node_ptr> nodes_;  // by address
    std::vector<node_ptr> owners_;           // by slot; null: no known owner
    bool is_stopping_ = false;
    boost::asio::steady_timer stop_signal_;
    bool is_table_wanted_ = false;
    boost::asio::steady_timer alarm_;  // cancelled to wake run()
    std::size_t running_ = 0;          // clients whose run() has not ended
    std::string last_failure_;
    std::string last_logged_;  // the last log line about the table
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir::redis
