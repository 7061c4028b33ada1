// The relay: delivers the invalidations that no write path did. The node that wrote crashed, Redis was away,
// or the write bypassed Weir (psql, a job).
//
// One per process, a background coroutine on the control side's executor. stop() ends it after the round in
// progress. All nodes run one: rows are taken with SKIP LOCKED, and delivering twice is harmless. It polls,
// and wake() makes it look at once: after a notification from the database, or when a connection meets a
// Redis server that is not admitted.
#pragma once

#include "weir/async/backoff.hpp"
#include "weir/async/task.hpp"
#include "weir/cache/admissions.hpp"
#include "weir/cache/consumer.hpp"
#include "weir/cache/invalidation.hpp"
#include "weir/cache/ports.hpp"

#include <cstddef>
#include <random>
#include <string_view>

namespace weir {

struct relay_options {
    milliseconds poll_interval{250};
    std::size_t batch_max = 1000;  // rows in one transaction
    milliseconds round_timeout{5000};
    milliseconds retention{3600'000};  // of settled rows: no entry that they deleted lives longer
    milliseconds forget_interval{10'000};
};

class relay {
 public:
    // Makes a relay. It delivers once `self` is registered and admits servers once it is open. Null: always.
    relay(const boost::asio::any_io_executor& executor, relay_options options, outbox& pending,
          invalidation& follows, admissions& servers, prometheus::Registry& registry,
          const consumer* self = nullptr);

    awaitable<void> run();
    void stop() { pause_.stop(); }
    void wake() { pause_.cut_short(); }

    // Returns whether rows may be owed that its rounds could not deliver yet.
    bool is_behind() const { return is_failing_ || is_more_due_ || !may_admit(); }

 private:
    static constexpr std::size_t rounds_max = 4;

    bool may_deliver() const { return self_ == nullptr || self_->is_registered(); }
    bool may_admit() const { return self_ == nullptr || self_->is_open(); }
    awaitable<void> round();
    milliseconds pause_length();
    awaitable<void> admit_servers();
    awaitable<void> forget_old();
    awaitable<result<void>> deliver(std::vector<outbox_row> rows);
    void note(const result<std::size_t>& delivered);

    boost::asio::any_io_executor executor_;
    pause pause_;
    relay_options options_;
    outbox& outbox_;
    invalidation& invalidation_;
    admissions& admissions_;
    const consumer* self_;
    steady_clock::time_point forget_next_{};
    prometheus::Counter& delivered_;
    prometheus::Counter& failures_;
    std::size_t rounds_ = 0;  // under way
    backoff between_failures_{milliseconds{20}, milliseconds{500}};
    std::minstd_rand random_{std::random_device{}()};
    std::string_view failed_step_;  // of the last delivery that failed; empty: the outbox itself failed
    bool is_more_due_ = false;      // the last round took as many rows as it may
    bool is_failing_ = false;       // so that an outage is logged when it begins and ends, not every second
};

}  // namespace weir
