// The receiving half of a connection, sans I/O: bytes in, one request after another out.
//
//     head() → ready → the request can be routed → body() → ready → it can be answered → next()
//
// Bytes that follow a request stay in the buffer for the next one (pipelining). The buffer is moved or grown
// only between next() and a complete head, so the views of a request hold from then on.
#pragma once

#include "weir/http/listener_limits.hpp"
#include "weir/http/request.hpp"

#include "parser.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

enum class progress { needs_more, ready, refused };

class message {
 public:
    explicit message(const listener_limits& allowed);
    message(const message&) = delete;
    message& operator=(const message&) = delete;

    // Returns where to put received bytes. Never empty after head() or body() asked for more.
    std::span<char> space();
    void received(std::size_t bytes) { end_ += bytes; }

    progress head();
    progress body();
    void next();

    // Forgets everything, for another connection.
    void clear();

    // Drops what has come of the body, and returns whether that was all of it. Called instead of body() for a
    // request that is answered by its head.
    bool skip_body();

    const http::request& request() const { return request_; }
    const protocol_error& refused() const { return refused_; }

    // Returns whether no byte of a next request has come, except empty lines.
    bool is_idle() const { return !has_head() && scan_.skipped() == end_ - begin_; }

    // Returns whether bytes of a further request follow the one that is ready.
    bool has_following() const { return end_ > taken_; }

    // Returns whether the client waits for "100 Continue" before it sends the body.
    bool awaits_continue() const;

 private:
    bool has_head() const { return is_plain_ || parser_; }
    std::string_view held() const { return {buffer_.data() + begin_, end_ - begin_}; }
    progress refuse(protocol_error why);
    bool take_plain_head();
    void take_head(std::size_t head_bytes);
    void make_room();
    void compact();

    const listener_limits& allowed_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of the request
    std::size_t taken_ = 0;  // up to where it has been parsed, once its head is
    std::size_t end_ = 0;    // of what was received
    std::size_t head_end_ = 0;
    head_scan scan_;
    http::request request_;
    std::string body_;
    bool is_plain_ = false;         // the head was a plain one: there is no body
    std::optional<parser> parser_;  // from another complete head on
    protocol_error refused_;
};

}  // namespace weir::http
