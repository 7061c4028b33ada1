// What is said on one connection to Redis: which command is still unsent, who waits for which reply, until
// when. Sans-I/O: bytes and points in time go in, bytes and completions come out, so every rule is testable
// without a server.
//
// Invariants:
// - Replies come in the order of the commands. A waiter keeps its place in the queue until its reply has
// come, even when it
//   no longer waits (its deadline passed, it was cancelled): its reply is then dropped, and nobody gets
//   another's.
// - Every command is completed exactly once: by its reply, by its deadline or by close().
//
// Lives as long as its connection; after receive() or expire() reported an error it takes only close().
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

    struct limits {
        std::size_t pending_max = 4096;
        std::size_t unsent_bytes_max = 16 * 1024 * 1024;
        std::size_t reply_bytes_max = 16 * 1024 * 1024;
        milliseconds patience_min{20};
    };

    // Called once for every command that it was added with, in their order. Must not call back into the
    // pipeline.
    class waiter {
     public:
        virtual ~waiter() = default;
        virtual void complete(result<reply> outcome) = 0;
    };

    explicit pipeline(limits bounds) : limits_(bounds), reader_(bounds.reply_bytes_max) {}

    // Queues `count` formatted commands, all or none: errc::overloaded when a bound would be passed.
    result<void> add(std::string_view formatted, std::size_t count, time_point until, time_point now,
                     std::shared_ptr<waiter> who);

    // Everything to send now. What the last call gave counts as sent from here on.
    std::string take_unsent();
    bool has_unsent() const { return !unsent_.empty(); }

    // Completes waiters with the replies in `bytes`. errc::protocol: not a reply, too large, or one that
    // nobody asked for; errc::unavailable: one of them refuses all writes, so this is not the server to speak
    // to.
    result<void> receive(std::string_view bytes);

    // Fails the commands whose deadline has passed. errc::timeout: one of them has waited long enough to
    // prove that the connection is dead.
    result<void> expire(time_point now);

    // When expire() will have something to do; nothing while no reply is awaited.
    std::optional<time_point> next_expiry() const;

    // Fails whatever is pending.
    void close(errc why);

    std::size_t pending() const { return pending_.size(); }
    std::size_t timeouts() const { return timeouts_; }

 private:
    struct awaited {
        time_point until;             // of the caller
        time_point verdict;           // from here on its silence speaks against the connection
        std::shared_ptr<waiter> who;  // null once it gave up
    };

    limits limits_;
    reply_reader reader_;
    std::string unsent_;
    std::size_t bytes_being_sent_ = 0;
    std::deque<awaited> pending_;
    std::size_t timeouts_ = 0;
};

}  // namespace weir::redis
