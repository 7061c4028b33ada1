// A one-shot event that coroutines on several executors can wait for, each to its own deadline.
//
// Invariant: a waiter's timer is touched only on the waiter's own executor. set() posts the wake-up there;
// since that executor runs one handler at a time, the wake-up cannot come between "I am in the list" and "I
// am suspended". Requires that every waiting executor is single-threaded (Weir: one io_context per worker).
#pragma once

#include "weir/async/bounded.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace weir {

class event {
 public:
    // From any thread. What the setter wrote before is visible to whoever wait() returned true to.
    void set();

    // True once set, false when the deadline passed (or the caller was cancelled) first.
    awaitable<bool> wait(deadline until);

 private:
    using waiter = boost::asio::steady_timer;
    struct place_in_line {
        event& at;
        const waiter* who;
        ~place_in_line();
    };

    std::mutex mutex_;
    bool is_set_ = false;
    std::vector<std::shared_ptr<waiter>> waiters_;
};

}  // namespace weir
