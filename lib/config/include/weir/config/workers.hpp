// Decides how many workers this process starts. Pure.
#pragma once

#include <algorithm>
#include <cstddef>

namespace weir::config {

struct worker_plan {
    std::size_t wanted = 1;   // as declared, or one per processor
    std::size_t allowed = 1;  // of these, as many as have a connection; 0 if there is none for loads
};

// Returns the number of workers. `declared` is [server] workers, where 0 means one per processor that this
// process may use. Each worker needs one of the connections to Postgres that remain for loads.
constexpr worker_plan plan_workers(std::size_t declared, std::size_t processors,
                                   std::size_t load_connections) {
    const std::size_t wanted = declared != 0 ? declared : std::max<std::size_t>(1, processors);
    return {.wanted = wanted, .allowed = std::min(wanted, load_connections)};
}

}  // namespace weir::config
