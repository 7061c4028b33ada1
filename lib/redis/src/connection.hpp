// One connection to Redis, from its greeting to its end: a socket, a pipeline, and the loops between them.
// Owned by the client, used on its executor. Cancelling serve() ends all loops before it returns.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/client.hpp"
#include "weir/redis/pipeline.hpp"

#include "open_socket.hpp"
#include "reply_waiter.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>
#include <vector>

namespace weir::redis {

class connection {
 public:
    connection(stream_socket socket, const options& settings, client_stats& stats);

    // What the owner of a connection gives to it.
    struct owner {
        admission admit;                                                // may be empty
        std::function<void(const std::string& identity)> when_greeted;  // called once greeted and admitted
        std::function<awaitable<bool>()> is_still_wanted;  // called at each ping_interval; may be empty
    };

    // Greets the server and has it admitted until `greeted_by`, then serves until the connection ends.
    // Returns the reason, without secrets.
    awaitable<std::string> serve(deadline greeted_by, owner whose);

    // Sends `count` formatted commands. It does not touch the connection after it has suspended, so the
    // connection may be closed and destroyed by then.
    awaitable<result<replies>> exec(std::string formatted, std::size_t count, deadline until);

    // Completes all commands that wait for a reply. `end` tells what serve() has found: errc::protocol or
    // errc::unavailable.
    void close(errc why);
    errc end() const { return end_; }

 private:
    awaitable<void> read();
    awaitable<void> write();
    awaitable<void> watch_deadlines();
    awaitable<void> converse(deadline greeted_by, owner whose);
    awaitable<bool> greet(deadline until);
    awaitable<bool> is_admitted(admission admit, deadline until);
    void give_up(std::string reason, errc end = errc::unavailable);
    void rearm(steady_clock::time_point until);

    const options& options_;
    client_stats& stats_;
    stream_socket socket_;
    pipeline pipeline_;
    boost::asio::steady_timer unsent_signal_;  // cancelled to wake write()
    boost::asio::steady_timer expiry_;         // of the command that watch_deadlines() waits for
    steady_clock::time_point expiry_at_ = steady_clock::time_point::max();
    bool has_received_ = false;  // since converse() last checked
    std::string identity_;
    std::string reason_;  // of the first loop that ended
    errc end_ = errc::unavailable;
};

}  // namespace weir::redis
