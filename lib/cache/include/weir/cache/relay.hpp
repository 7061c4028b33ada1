// The relay: delivers the deletes that nobody else did. Their writer crashed, Redis was away, or it was psql
// that wrote.
//
// One per process, a background coroutine on the control side's executor; stop() ends it after the round in
// progress. All nodes run one: rows are taken with SKIP LOCKED, and delivering twice is harmless. It polls,
// and wake() makes it look at once: a notification from the database, or a Redis server that nobody has seen.
#pragma once

#include "weir/async/backoff.hpp"
#include "weir/async/task.hpp"
#include "weir/cache/admissions.hpp"
#include "weir/cache/invalidator.hpp"
#include "weir/cache/ports.hpp"

#include <cstddef>
#include <random>

namespace weir {

struct relay_options {
    milliseconds poll_interval{250};
    std::size_t batch_max = 1000;  // rows in one transaction
    milliseconds round_timeout{5000};
    milliseconds retention{3600'000};  // of delivered rows: no entry that they deleted lives longer
    milliseconds forget_interval{10'000};
};

class relay {
 public:
    relay(const boost::asio::any_io_executor& executor, relay_options options, outbox& pending,
          invalidator& deletes, admissions& servers, prometheus::Registry& registry);

    awaitable<void> run();
    void stop() { pause_.stop(); }
    void wake() { pause_.cut_short(); }

 private:
    static constexpr std::size_t rounds_max = 4;

    awaitable<void> round();
    milliseconds time_to_rest();
    awaitable<void> admit_servers();
    awaitable<void> forget_old();
    awaitable<result<void>> deliver(std::vector<outbox_row> rows);
    void note(const result<std::size_t>& delivered);

    boost::asio::any_io_executor executor_;
    pause pause_;
    relay_options options_;
    outbox& outbox_;
    invalidator& invalidator_;
    admissions& admissions_;
    steady_clock::time_point forget_next_{};
    prometheus::Counter& delivered_;
    prometheus::Counter& failures_;
    std::size_t rounds_ = 0;  // under way
    backoff between_failures_{milliseconds{20}, milliseconds{500}};
    std::minstd_rand random_{std::random_device{}()};
    bool is_failing_ = false;  // so that an outage is logged when it begins and ends, not every second
};

}  // namespace weir
