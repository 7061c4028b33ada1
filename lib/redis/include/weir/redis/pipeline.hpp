// The commands on one connection to Redis: which are unsent, which caller waits for which reply, and until
// when. Sans-I/O: bytes and points in time go in, bytes and completions come out. So every rule is testable
// without a server.
//
// Invariants:
// - Replies come in the order of the commands. A command keeps its position in the queue until its reply has
//   come, even if its caller no longer waits (its deadline passed, it was cancelled). The reply is then
//   dropped, so no caller gets the reply of another.
// - Every command is completed exactly once: by its reply, by its deadline or by close().
//
// Lives as long as its connection. After receive() or expire() returned an error, only close() may be called.
#pragma once

#include "weir/base/error.hpp"
#include "weir/base/time.hpp"
#include "weir/redis/reply_reader.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::redis {

class pipeline {
 public:
    using time_point = steady_clock::time_point;

    struct bounds {
        std::size_t pending_max = 4096;
        std::size_t unsent_bytes_max = 16 * 1024 * 1024;
        std::size_t reply_bytes_max = 16 * 1024 * 1024;
        milliseconds patience_min{20};
    };

    // Called once for each command that it was added with, in their order. It must not call back into the
    // pipeline.
    class waiter {
     public:
        virtual ~waiter() = default;
        virtual void complete(result<reply> outcome) = 0;
    };

    explicit pipeline(bounds b) : bounds_(b), reader_(b.reply_bytes_max) {}

    // Queues `count` formatted commands, all or none. Returns errc::overloaded if they would exceed a bound.
    result<void> add(std::string_view formatted, std::size_t count, time_point until, time_point now,
                     std::shared_ptr<waiter> caller);

    // Returns everything to send now. What the last call returned counts as sent from here on.
    std::string take_unsent();
    bool has_unsent() const { return !unsent_.empty(); }

    // Completes waiters with the replies in `bytes`. Returns errc::protocol for bytes that are not a reply,
    // are too large or answer no command. Returns errc::unavailable if an error reply says that the server
    // takes no writes: this is not the server to use.
    result<void> receive(std::string_view bytes);

    // Completes commands whose deadline has passed with errc::timeout. Returns errc::timeout if one of them
    // has waited long enough to prove the connection dead.
    result<void> expire(time_point now);

    // Returns when expire() must be called next; nullopt while no reply is awaited.
    std::optional<time_point> next_expiry() const;

    // Completes all pending commands with `why`.
    void close(errc why);

    std::size_t pending() const { return pending_.size(); }
    std::size_t timeouts() const { return timeouts_; }

 private:
    struct awaited {
        time_point until;                // the caller's deadline
        time_point verdict;              // without a reply by then, the connection counts as dead
        std::shared_ptr<waiter> caller;  // null once it no longer waits
    };

    bounds bounds_;
    reply_reader reader_;
    std::string unsent_;
    std::size_t bytes_being_sent_ = 0;
    std::deque<awaited> pending_;
    std::size_t timeouts_ = 0;
};

}  // namespace weir::redis
