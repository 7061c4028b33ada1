// A one-shot event that coroutines on several executors can wait for, each to its own deadline.
//
// Invariant: a waiter's timer is touched only on the waiter's own executor. set() posts the wake-up there.
// That executor runs one handler at a time, so the wake-up cannot come between "in the list" and "suspended".
// Requires that every waiting executor is single-threaded (Weir: one io_context per worker).
#pragma once

#include "weir/async/bounded.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace weir {

class event {
 public:
    // Wakes all waiters. From any thread. What the setter wrote before is visible to every coroutine whose
    // wait() returned true.
    void set();

    // Returns true once the event is set, false if the deadline passed or the caller was cancelled first.
    awaitable<bool> wait(deadline until);

 private:
    using waiter = boost::asio::steady_timer;
    struct registration {
        event& at;
        const waiter* timer;
        ~registration();
    };

    std::mutex mutex_;
    bool is_set_ = false;
    std::vector<std::shared_ptr<waiter>> waiters_;
};

}  // namespace weir
