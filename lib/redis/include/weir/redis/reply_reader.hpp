// Turns bytes from Redis into replies (RESP2), with hiredis's redisReader. Sans-I/O.
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

    // Returns the next complete reply, or nullopt until more is fed. Returns errc::protocol for bytes that
    // are not a reply, are nested too deeply or are too large. After an error the reader must not be used.
    result<std::optional<reply>> next();

 private:
    struct closer {
        void operator()(void* reader) const;
    };

    bool take_replies();

    std::unique_ptr<reply> growing_;        // the one that is being read; its address must not change
    std::unique_ptr<void, closer> reader_;  // a redisReader
    std::deque<reply> ready_;
    std::size_t reply_bytes_max_;
    std::size_t bytes_since_reply_ = 0;
    bool is_broken_ = false;
};

}  // namespace weir::redis
