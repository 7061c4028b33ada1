// Small words for coroutines: start one that nobody waits for, sleep, be told to stop.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <string_view>

namespace weir {

// Runs `work` on `executor` by itself. An exception that leaves it is a defect: it is logged under `name` (a
// literal), which asio::detached would not do.
void start(const boost::asio::any_io_executor& executor, std::string_view name, awaitable<void> work);

// Sleeps on the caller's executor; returns early when cancelled.
awaitable<void> sleep_for(steady_clock::duration time);

// A background loop's rest between two rounds, which cut_short() ends early, and stop() for good. Used on one
// executor only.
class pause {
 public:
    explicit pause(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    // False once stopped: leave the loop.
    awaitable<bool> rest(steady_clock::duration time);
    void stop();
    void cut_short();  // between two rests: the next one is none
    bool is_stopped() const { return is_stopped_; }

 private:
    boost::asio::steady_timer timer_;
    bool is_stopped_ = false;
    bool is_cut_short_ = false;
};

}  // namespace weir
