// One connection that listens to channels (RESP2). https://redis.io/docs/latest/develop/interact/pubsub/
//
// Used on one executor. open() and receive() are called by one coroutine, in turn; close() by any. It does
// not reconnect by itself: its user must know that messages may have been missed, so the user opens it again.
//
// It runs nothing in the background. Messages are read when receive() is called, so at most one read (64 KiB
// and the rest of one reply) is held here. The rest waits in the socket, and Redis ends a connection with too
// much unread.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/url.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::redis {

class simple_connection;

struct message {
    std::string channel;
    std::string payload;
};

class subscriber {
 public:
    subscriber(boost::asio::any_io_executor executor, options settings);
    ~subscriber();
    subscriber(const subscriber&) = delete;
    subscriber& operator=(const subscriber&) = delete;

    // Connects (to the address of the options, or to another one with their credentials), greets and
    // subscribes. Messages that are published after it has returned will be received. Errors: errc::timeout,
    // unavailable, rejected, protocol, or cancelled after close().
    awaitable<result<void>> open(std::vector<std::string> channels, deadline until);
    awaitable<result<void>> open(server_address at, std::vector<std::string> channels, deadline until);

    // Waits for at least one message. An error ends the connection:
    // - errc::unavailable: lost or not open;
    // - errc::timeout: a PING was not answered;
    // - errc::protocol;
    // - errc::cancelled: close(), or the caller was cancelled.
    awaitable<result<std::vector<message>>> receive();

    void close();
    // Closes it as if it had been lost: receive() ends with errc::unavailable.
    void abandon(std::string reason);

    bool is_open() const { return is_open_; }
    const server_address& peer() const { return peer_; }  // of the last open()
    // Returns why the last attempt or connection ended, without secrets. Empty while open.
    const std::string& last_failure() const { return last_failure_; }

 private:
    awaitable<result<void>> subscribe(std::vector<std::string> channels, deadline until);
    awaitable<result<void>> receive_or_ping();
    result<std::size_t> take_replies();
    error_code end(const error_code& why, std::string reason);

    boost::asio::any_io_executor executor_;
    const options options_;
    std::unique_ptr<simple_connection>
        connection_;  // set while it is being opened, too; kept, closed, until the next open()
    server_address peer_;
    std::vector<message> messages_;
    std::optional<steady_clock::time_point> pong_due_;  // while a PING is unanswered
    bool is_open_ = false;
    errc end_ = errc::unavailable;  // why it is not open
    std::string last_failure_;
};

}  // namespace weir::redis
