// Coroutines in the background: starts one, sleeps, and pauses a loop so that it can be woken or stopped.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string_view>

namespace weir {

// Runs `work` on `executor` in the background. An exception that leaves it is a defect. It is logged under
// `name` (a literal), which asio::detached would not do.
void start(const boost::asio::any_io_executor& executor, std::string_view name, awaitable<void> work);

// Does the same, and calls `when_ended` on `executor` once `work` has ended, with or without an exception.
void start(const boost::asio::any_io_executor& executor, std::string_view name, awaitable<void> work,
           std::function<void()> when_ended);

// Sleeps on the caller's executor; returns early when cancelled.
awaitable<void> sleep_for(steady_clock::duration time);

// The wait of a background loop between two rounds. cut_short() ends one wait early, stop() ends all for
// good. Used on one executor only.
class pause {
 public:
    explicit pause(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    // Waits for `time`. Returns false once stopped: the loop must then end.
    awaitable<bool> wait(steady_clock::duration time);
    void stop();
    void cut_short();  // called between two waits, it skips the next one
    bool is_stopped() const { return is_stopped_; }

 private:
    boost::asio::steady_timer timer_;
    bool is_stopped_ = false;
    bool is_cut_short_ = false;
};

}  // namespace weir
