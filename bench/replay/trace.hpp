// A recorded sequence of requests: big-endian unsigned 32-bit keys, as the decompressed files have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::replay {

struct trace {
    std::string name;                     // the file's, without folder and ending
    std::vector<std::uint32_t> requests;  // keys, renamed to 0, 1, 2… in order of appearance
    std::size_t keys = 0;
};

// Throws std::runtime_error if it cannot be read.
trace read_trace(const std::string& path);

}  // namespace weir::replay
