// Keeps a number of connections at work in one thread, and measures. Three ways:
//   closed    each connection sends its next request when the answer is there: what a server can do at most
//   paced     requests are due at a fixed rate whether the server keeps up or not, and a latency counts from
//   when its request
//             was due, so that a pause of the server is not left out of the numbers ("coordinated omission")
//   at once   all connections are open before the first request is sent, and each sends one: a stampede
#pragma once

#include "client.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weir::bench {

struct plan {
    std::vector<std::uint16_t> ports;  // connections are dealt to them in turn
    std::size_t connections = 64;
    double seconds = 2;
    double rate = 0;  // requests a second; 0: closed
    bool is_at_once = false;
    std::string target = "/";  // "{n}" becomes a number of 1 to `keys`, one after the other
    std::uint64_t keys = 1;
    std::uint64_t first_key = 0;  // where the numbers start
    std::string header;           // one more, "Name: value"
};

struct outcome {
    std::map<int, std::uint64_t> statuses;  // 0: the connection broke
    double seconds = 0;
    std::vector<std::uint32_t> latencies_us;  // of answers, in order of time
    std::uint64_t unsent = 0;                 // paced: due, but no connection was free for long
};

outcome drive(const plan& p);

}  // namespace weir::bench
