// Asks sentinels where the master is. https://redis.io/docs/latest/develop/reference/sentinel-clients/
//
// Owned by the client, used on its executor, one question at a time. The sentinel that answered last is asked
// first, on a connection that is kept.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/url.hpp"

#include "dialogue.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace weir::redis {

class sentinels {
 public:
    // `o` is that of the client, with the sentinels as seeds.
    explicit sentinels(const options& o) : options_(o) {}

    // Each sentinel in turn until one tells; each gets its share of the time, and one share is left. Without
    // an answer, failure() says why.
    awaitable<result<server_address>> find_master(deadline until);
    const std::string& failure() const { return failure_; }

 private:
    awaitable<result<void>> connect(deadline until);
    awaitable<result<server_address>> ask(deadline until);

    const options options_;
    std::size_t first_ = 0;
    std::unique_ptr<dialogue> with_;  // the sentinel first_, or nobody
    std::string failure_;
};

}  // namespace weir::redis
