// Carries out what pool_rules decides: opens connections, watches idle ones, drains and closes them, and
// wakes waiting requests. Runs on the pool's executor only. Background coroutines keep it alive; stop() ends
// them.
#pragma once

#include "weir/postgres/pool.hpp"
#include "weir/postgres/pool_rules.hpp"

#include <map>
#include <random>
#include <vector>

namespace weir::postgres {

class pool_core : public std::enable_shared_from_this<pool_core> {
 public:
    pool_core(boost::asio::any_io_executor executor, pool_options options);

    void start();
    void stop();
    awaitable<result<loan>> acquire(deadline until);
    void give_back(std::size_t index, std::uint64_t answers_before);

    connection* at(std::size_t index) const { return slots_[index].idle_or_used.get(); }
    bool mark_used(std::size_t index) { return std::exchange(slots_[index].was_used, true); }
    std::uint64_t answers() const { return answers_; }
    const pool_stats& stats() const { return stats_; }
    const boost::asio::any_io_executor& executor() const { return executor_; }
    const pool_options& options() const { return options_; }
    std::size_t free() const { return rules_.takeable(); }

 private:
    struct slot {
        std::unique_ptr<connection> idle_or_used;
        connection* busy = nullptr;    // owned by the coroutine that opens or drains it
        std::uint64_t generation = 0;  // raised at each use: an event of an earlier use is recognised by it
        bool was_used = false;
    };
    struct waiter {
        explicit waiter(pool_core& c) : core(c), timer(c.executor_) {}
        ~waiter();
        pool_core& core;
        pool_rules::waiter_id id = 0;
        boost::asio::steady_timer timer;
        bool is_woken = false;
        std::optional<std::size_t> granted;
        errc failure = errc::timeout;
    };

    void act();  // carries out what the rules ask for
    void act_on(const pool_rules::action& what);
    void close(std::size_t index);
    void wake(const pool_rules::action& what);
    void retry_later(milliseconds after);
    void take(std::size_t index);
    bool is_alive(std::size_t index);
    void watch(std::size_t index);
    void on_readable(std::size_t index, std::uint64_t generation);
    void publish();
    double random01() { return std::uniform_real_distribution<double>{}(random_); }

    void begin_open(std::size_t index);
    void begin_drain(std::size_t index, bool is_lonely);
    static awaitable<void> open(std::shared_ptr<pool_core> self, std::unique_ptr<connection> fresh,
                                std::size_t index, std::uint64_t generation);
    static awaitable<void> drain(std::shared_ptr<pool_core> self, std::unique_ptr<connection> held,
                                 std::size_t index, std::uint64_t generation);

    boost::asio::any_io_executor executor_;
    pool_options options_;
    pool_rules rules_;
    std::vector<slot> slots_;
    std::map<pool_rules::waiter_id, waiter*> waiters_;  // live in their coroutines
    pool_rules::waiter_id next_waiter_ = 1;
    boost::asio::steady_timer retry_timer_;
    std::uint64_t answers_ = 0;  // how often the server has answered a request
    std::minstd_rand random_{std::random_device{}()};
    std::optional<bool> was_up_;  // as last logged
    std::string last_failure_;
    pool_stats stats_;
};

}  // namespace weir::postgres
