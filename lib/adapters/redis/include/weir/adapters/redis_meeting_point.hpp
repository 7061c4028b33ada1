// The meeting point of a consumer's nodes in Redis: a random text under weir:consumer:{weir:v1}, without an
// expiry. A Redis that was emptied gets it back from any node that is still running.
//
// One per process, on control's executor; borrows the keyspace.
#pragma once

#include "weir/cache/consumer.hpp"
#include "weir/redis/keyspace.hpp"

#include <string>

namespace weir {

class redis_meeting_point final : public meeting_point {
 public:
    // Makes a meeting point. `head` is the "prefix:version" of all keys.
    redis_meeting_point(redis::keyspace& redis, const std::string& head);

    awaitable<result<std::string>> find(const std::string& proposed, context within) override;

 private:
    redis::keyspace& redis_;
    const std::string key_;
};

}  // namespace weir
