// Bytes from Redis to replies (RESP2). Sans-I/O.
//
// By hand rather than by hiredis: its reader makes an object of its own for each reply and moves all that it
// has not read yet to the front after each, so that reading a full buffer cost more than anything else in a
// hit.
#pragma once

#include "weir/redis/reply.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::redis {

class reply_reader {
 public:
    explicit reply_reader(std::size_t reply_bytes_max) : reply_bytes_max_(reply_bytes_max) {}

    void feed(std::string_view bytes);

    // The next complete reply, nothing until more is fed, or errc::protocol for what is not a reply, is
    // nested too deeply or is too large; after an error the reader is of no more use.
    result<std::optional<reply>> next();

 private:
    std::string unread_;
    std::size_t at_ = 0;      // where the next reply begins
    std::size_t wanted_ = 0;  // no reply is complete before so many bytes are there from at_ on
    std::size_t reply_bytes_max_;
};

}  // namespace weir::redis
