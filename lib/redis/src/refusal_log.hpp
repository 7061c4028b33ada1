// Turns refusals into errors, and writes them to the log by kind, once in a while: a server that refuses one
// command refuses thousands. Owned by a keyspace, used on its executor.
#pragma once

#include "weir/base/time.hpp"
#include "weir/redis/keyspace.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace weir::redis {

class refusal_log {
 public:
    result<reply> accept(reply r, client_stats& counts);

 private:
    struct record {
        steady_clock::time_point quiet_until{};
        std::uint64_t suppressed = 0;
    };

    void write(const refusal& r);

    std::map<std::string, record> records_;
};

}  // namespace weir::redis
