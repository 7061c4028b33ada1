// A connection on which one asks and waits: for greetings, for the questions that find the right server, and
// under the subscriber. Used on one executor, by one coroutine at a time; close() by any.
//
// Errors: errc::timeout, errc::cancelled (closed, or the caller was), errc::protocol, or the system's own.
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

class dialogue {
 public:
    dialogue(boost::asio::any_io_executor executor, const options& to);

    awaitable<result<void>> connect(deadline until);
    // AUTH and what else the options ask for. What the server says against us is in refused().
    awaitable<result<void>> greet(deadline until);
    const std::string& refused() const { return refused_; }

    // One answer for each command.
    awaitable<result<std::vector<reply>>> ask(std::vector<command_line> commands, deadline until);

    // The steps of ask(), for who listens: say all, then next() until it has nothing, hear() more.
    awaitable<result<void>> say(std::vector<command_line> commands, deadline until);
    result<std::optional<reply>> next() { return reader_.next(); }
    awaitable<result<void>> hear(deadline until);
    steady_clock::time_point heard_at() const { return heard_at_; }

    void close();
    bool is_closed() const { return is_closed_; }

 private:
    awaitable<result<void>> write(std::string bytes);
    awaitable<result<void>> read();

    const options options_;
    stream_socket socket_;
    reply_reader reader_;
    std::string buffer_;
    steady_clock::time_point heard_at_{};
    std::string refused_;
    bool is_closed_ = false;
};

// For logs: what the error means when it is the end of a connection.
std::string reason_of(const error_code& why);

}  // namespace weir::redis
