// Asks sentinels for the address of the master.
// https://redis.io/docs/latest/develop/reference/sentinel-clients/
//
// Owned by the client, used on its executor, one call at a time. The sentinel that answered last is asked
// first, on a connection that is kept.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/url.hpp"

#include "simple_connection.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace weir::redis {

class sentinels {
 public:
    // Takes the client's options, with the sentinels as seeds.
    explicit sentinels(const options& o) : options_(o) {}

    // Asks each sentinel in turn until one answers. Each gets its share of the time, and one share is left.
    // Without an answer, failure() says why.
    awaitable<result<server_address>> find_master(deadline until);
    const std::string& failure() const { return failure_; }

 private:
    awaitable<result<void>> connect(deadline until);
    awaitable<result<server_address>> ask_current(deadline until);
    result<server_address> read_answer(const reply& answer);

    const options options_;
    std::size_t first_ = 0;
    std::unique_ptr<simple_connection> connection_;  // to the sentinel first_; null if there is none
    std::string failure_;
};

}  // namespace weir::redis
