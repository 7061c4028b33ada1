// What weir_replay measures. Each prints its rows, tab-separated, the first one naming the columns.
#pragma once

#include "trace.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace weir::replay {

// Hit ratios at 1, 10 and 30 % of the keys: Weir's and its rivals'.
void compare(std::span<const trace> traces);

// What an entry costs beyond its key, its body and its ready head, from the growth of the resident memory.
void measure_memory(std::size_t entries);

// What a look-up that hits costs among so many entries and among 1,000.
void measure_lookups(std::size_t entries);

}  // namespace weir::replay
