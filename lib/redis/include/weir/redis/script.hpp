// A Lua script, called by its hash. https://redis.io/docs/latest/commands/evalsha/
#pragma once

#include "weir/redis/keyspace.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weir::redis {

class script {
 public:
    explicit script(std::string source);

    // Runs the script atomically on the server. Every key that it touches must be in `keys`: at least one,
    // and all in one slot. A server that does not know the script (a first call, a restart, a failover) gets
    // its source, which costs a second round trip. Errors are those of keyspace::exec_one(). Keys and
    // arguments are read before it returns.
    awaitable<result<reply>> run(keyspace& redis, const std::vector<std::string>& keys,
                                 const std::vector<std::string>& arguments, deadline until) const;
    awaitable<result<reply>> run(keyspace& redis, std::initializer_list<std::string_view> keys,
                                 std::initializer_list<std::string_view> arguments, deadline until) const;

 private:
    template <class Words>
    keyed_command call(const Words& keys, const Words& arguments) const;
    awaitable<result<reply>> exec(keyspace& redis, keyed_command called, deadline until) const;

    std::string source_;
    std::string sha1_;
};

}  // namespace weir::redis
