// The connection of one background task, which shares it with no other: a new one for each attempt, and
// backoff between the attempts.
//
// Used on its executor only. stop() ends the attempt under way, and those to come.
#pragma once

#include "weir/async/backoff.hpp"
#include "weir/async/task.hpp"
#include "weir/postgres/connection.hpp"

#include <functional>
#include <random>

namespace weir::postgres {

class background_connection {
 public:
    // What follows an attempt. `again_soon`: it had succeeded before it failed.
    enum class then { end, again, again_soon };
    using attempt = std::function<awaitable<then>(connection&)>;

    background_connection(const boost::asio::any_io_executor& executor, backoff between)
        : pause_(executor), between_(between) {}

    // Calls `what` with a new connection, which it connects itself, until it returns `end` or stop() was
    // called.
    awaitable<void> run(attempt what);
    void stop();
    bool is_stopped() const { return pause_.is_stopped(); }

 private:
    awaitable<then> make(const attempt& what);

    pause pause_;
    backoff between_;
    std::minstd_rand random_{std::random_device{}()};
    connection* current_ = nullptr;  // lives in make()
};

}  // namespace weir::postgres
