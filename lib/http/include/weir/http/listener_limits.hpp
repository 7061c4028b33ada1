// The limits of a listener. Each one bounds something that a client could otherwise use without end.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>

namespace weir::http {

struct listener_limits {
    std::size_t header_bytes_max = 8 * 1024;  // request line and fields; beyond it 431
    std::size_t target_bytes_max = 4 * 1024;  // beyond it 414
    std::size_t body_bytes_max = 64 * 1024;   // beyond it 413, without reading it
    std::size_t connections_max = 10'000;  // of one server object, so of one worker; beyond it 503 and close
    milliseconds idle_timeout{75'000};     // between requests, and before the first byte; then closed
    milliseconds header_timeout{5'000};    // from a head's first byte to its last; then 408
    milliseconds body_timeout{10'000};     // for the body, from the end of the head; then 408
    milliseconds write_timeout{10'000};    // without any progress: a client that does not read is closed
};

}  // namespace weir::http
