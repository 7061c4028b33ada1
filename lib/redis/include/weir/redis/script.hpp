// A Lua script, called by its hash. https://redis.io/docs/latest/commands/evalsha/
#pragma once

#include "weir/redis/keyspace.hpp"

#include <string>
#include <vector>

namespace weir::redis {

class script {
 public:
    explicit script(std::string source);

    // Runs it atomically on the server. Every key that it touches is in `keys`, at least one and all in one
    // slot. A server that does not know it (a first call, a restart, a failover) gets the source; that costs
    // the call a second round trip. Errors as those of keyspace::ask_one().
    awaitable<result<reply>> run(keyspace& redis, std::vector<std::string> keys,
                                 std::vector<std::string> arguments, deadline until) const;

 private:
    std::string source_;
    std::string sha1_;
};

}  // namespace weir::redis
