// The relay: delivers the deletes that nobody else did. Their writer crashed, Redis was away, or it was psql
// that wrote.
//
// One per process, a background coroutine on one worker's executor; stop() ends it after the round in
// progress. All nodes run one: rows are taken with SKIP LOCKED, and delivering twice is harmless.
#pragma once

#include "weir/async/task.hpp"
#include "weir/cache/invalidator.hpp"
#include "weir/cache/ports.hpp"

#include <cstddef>

namespace weir {

struct relay_options {
    milliseconds poll_interval{1000};
    std::size_t batch_max = 500;  // rows in one transaction
    milliseconds round_timeout{5000};
};

class relay {
 public:
    relay(const boost::asio::any_io_executor& executor, relay_options options, outbox& pending,
          invalidator& deletes, prometheus::Registry& registry);

    awaitable<void> run();
    void stop() { pause_.stop(); }

 private:
    awaitable<result<std::size_t>> round();
    awaitable<result<void>> deliver(std::vector<outbox_row> rows);
    void note(const result<std::size_t>& delivered);

    pause pause_;
    relay_options options_;
    outbox& outbox_;
    invalidator& invalidator_;
    prometheus::Counter& delivered_;
    prometheus::Counter& failures_;
    bool is_failing_ = false;  // so that an outage is logged when it begins and ends, not every second
};

}  // namespace weir
