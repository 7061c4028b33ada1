// A Redis Cluster: a client for each master, and the table that tells which of them has a key.
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
//
// The table is read when a connection is lost, when a server says MOVED and once in a while; it may be wrong
// at any time, and the servers then say so. As with a single server there is no queue for better times: a
// slot whose master is away is errc::unavailable at once.
//
// Invariants:
// - A node lives as long as its client runs or a question is under way there, whatever the table says.
// - Questions about one slot are carried out in their order. After a redirection they are repeated from the
//   redirected one on: some may be carried out twice.
#pragma once

#include "weir/async/task.hpp"
#include "weir/redis/client.hpp"
#include "weir/redis/slots.hpp"

#include "refusal_log.hpp"

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

    // Logs redis_cluster_known and redis_cluster_unreachable besides what its clients log.
    awaitable<void> run() override;
    void stop() override;

    // Whether each slot has a master and each of those is connected.
    bool is_connected() const override { return stats_.is_connected; }
    const client_stats& stats() const override { return stats_; }
    const std::string& last_failure() const override { return last_failure_; }

    awaitable<result<std::vector<reply>>> ask(std::span<const question> questions, deadline until) override;
    awaitable<result<std::vector<reply>>> ask_strings(const std::string& key,
                                                      const std::vector<std::string>& others,
                                                      deadline until) override;
    std::vector<question> removal(const std::vector<std::string>& names) const override;
    result<reply> accept(reply r) override { return refusals_.accept(std::move(r), stats_); }
    std::optional<server_address> home_of(const std::string& key) const override;

 private:
    struct node;
    using node_ptr = std::shared_ptr<node>;
    struct open_question;  // one without a final answer
    struct batch;          // what one server is asked at once
    using table = std::vector<slot_range>;
    using replies = std::vector<reply>;

    awaitable<void> keep_table();
    awaitable<void> rest(steady_clock::duration time);
    awaitable<result<table>> read_table(deadline until);
    awaitable<result<table>> read_table_at(server_address at, deadline until);
    awaitable<result<reply>> ask_stranger(server_address at, deadline until);
    std::vector<server_address> who_may_know();
    void adopt(const table& known);
    void dismiss_idle_nodes();
    void note_state();
    void want_table();

    node_ptr node_at(const server_address& at);
    awaitable<void> run_node(node_ptr n);

    result<std::vector<batch>> batches_of(std::vector<open_question>& open,
                                          std::span<const question> questions) const;
    awaitable<result<void>> ask_batches(std::vector<batch>& batches, replies& answers, deadline until);
    awaitable<void> ask_batch(batch& b, replies& answers, deadline until);
    std::vector<open_question> redirected(const std::vector<open_question>& asked, const replies& answers);
    void move_slot(std::uint16_t slot, const node_ptr& to);

    boost::asio::any_io_executor executor_;
    const options options_;
    const admission admit_;
    client_stats stats_;
    refusal_log refusals_;
    std::map<std::string, node_ptr> nodes_;  // by address
    std::vector<node_ptr> owners_;           // by slot; null: nobody known
    bool is_stopping_ = false;
    boost::asio::steady_timer stop_signal_;
    bool is_table_wanted_ = false;
    boost::asio::steady_timer alarm_;  // cancelled to wake run()
    std::size_t running_ = 0;          // clients
    std::string last_failure_;
    std::string told_;  // the last line of the log about the table
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir::redis
