// Turns error replies into errors, and logs them by kind at a limited rate: a server that refuses one command
// refuses thousands. Owned by a keyspace, used on its executor.
#pragma once

#include "weir/base/time.hpp"
#include "weir/redis/keyspace.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace weir::redis {

class error_reply_log {
 public:
    result<reply> accept(reply r, client_stats& counts);

 private:
    struct record {
        steady_clock::time_point quiet_until{};
        std::uint64_t suppressed = 0;
    };

    void write(const error_reply& r);

    std::map<std::string, record> records_;
};

}  // namespace weir::redis
