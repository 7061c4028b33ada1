// A connection without pipelining: sends commands and waits for their replies. Used for greetings, to find
// the right server, and by the subscriber. Used on one executor, by one coroutine at a time; close() by any.
//
// Errors: errc::timeout, errc::cancelled (closed, or the caller was cancelled), errc::protocol, or the
// system's own.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/command.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/reply_reader.hpp"
#include "weir/redis/url.hpp"

#include "open_socket.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::redis {

class simple_connection {
 public:
    simple_connection(boost::asio::any_io_executor executor, const options& to);

    awaitable<result<void>> connect(deadline until);
    // Sends AUTH and what else the options need. If the server refuses, refused() has its reason.
    awaitable<result<void>> greet(deadline until);
    const std::string& refused() const { return refused_; }

    // Sends commands and returns one reply for each.
    awaitable<result<std::vector<reply>>> exec(std::vector<command_line> commands, deadline until);

    // Offers the steps of exec() to the subscriber: send() sends commands; next() returns the replies that
    // are here; receive() reads more.
    awaitable<result<void>> send(std::vector<command_line> commands, deadline until);
    result<std::optional<reply>> next() { return reader_.next(); }
    awaitable<result<void>> receive(deadline until);
    steady_clock::time_point received_at() const { return received_at_; }

    void close();
    bool is_closed() const { return is_closed_; }

 private:
    awaitable<result<void>> write(std::string bytes);
    awaitable<result<void>> read();

    const options options_;
    stream_socket socket_;
    reply_reader reader_;
    std::string buffer_;
    steady_clock::time_point received_at_{};
    std::string refused_;
    bool is_closed_ = false;
};

// Returns what an error means at the end of a connection. For logs.
std::string reason_of(const error_code& why);

}  // namespace weir::redis
