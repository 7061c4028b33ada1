// How long an entry lives. Pure: the random number is an argument.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/entry.hpp"

#include <optional>
#include <string>

namespace weir {

struct ttl_policy {
    milliseconds ttl{};
    milliseconds
        jitter{};  // up to this much is added, so that entries filled together do not expire together
    milliseconds negative_ttl{};  // of an absence; zero: absences are not stored
};

// ttl + a share of the jitter. `random01` in [0, 1). The result lies in [ttl, ttl + jitter].
milliseconds jittered(milliseconds ttl, milliseconds jitter, double random01);

// Builds the entry for a completed load. `body` is nothing when the loader found no row.
entry make_entry(const ttl_policy& policy, std::optional<std::string> body, unix_ms load_start,
                 microseconds load_cost, double random01);

}  // namespace weir
