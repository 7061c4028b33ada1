// Bytes from Redis to replies (RESP2): hiredis's redisReader, which makes replies of ours. Sans-I/O.
#pragma once

#include "weir/redis/reply.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

namespace weir::redis {

class reply_reader {
 public:
    explicit reply_reader(std::size_t reply_bytes_max);

    void feed(std::string_view bytes);

    // The next complete reply, nothing until more is fed, or errc::protocol for what is not a reply, is
    // nested too deeply or is too large; after an error the reader is of no more use.
    result<std::optional<reply>> next();

 private:
    struct closer {
        void operator()(void* reader) const;
    };

    bool take_replies();

    std::unique_ptr<reply> growing_;        // the one that is being read; where it is must not change
    std::unique_ptr<void, closer> reader_;  // a redisReader
    std::deque<reply> ready_;
    std::size_t reply_bytes_max_;
    std::size_t bytes_since_reply_ = 0;
    bool is_broken_ = false;
};

}  // namespace weir::redis
