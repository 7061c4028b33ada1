// The write path: the database write first, then the deletes it owes. See docs/architecture.md.
#pragma once

#include "weir/cache/ports.hpp"

#include <string>
#include <vector>

namespace weir {

struct write_receipt {
    std::optional<std::string> row;  // JSON; nothing when no row matched (404)
    std::vector<std::string> invalidated;
    bool is_pending = false;  // committed, but L2 could not be reached: the relay owes the deletes
};

// What http calls.
class writer {
 public:
    virtual ~writer() = default;
    virtual awaitable<result<write_receipt>> apply(const write& what, std::vector<sql_value> values, deadline until) = 0;

    // A manual refresh: deletes without a write. Keys as they stand in L2.
    virtual awaitable<result<void>> invalidate(std::vector<std::string> keys, deadline until) = 0;
};

}  // namespace weir
