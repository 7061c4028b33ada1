#include "measures.hpp"
#include "rivals.hpp"
#include "tier.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace weir::replay {
namespace {

constexpr std::size_t body_bytes = 1024;

// Every miss loads and inserts, as in the service.
double weirs(const trace& of, std::size_t entries, std::size_t& most) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < of.keys; ++i) keys.push_back(key_of(i));
    tier own(bytes_for(entries, body_bytes));
    std::size_t hits = 0;
    for (const auto request : of.requests) {
        if (own.holds(keys[request])) {
            hits += 1;
        } else {
            own.insert(keys[request], body_bytes);
        }
    }
    most = own.entries();  // it only grows: nothing expires here
    return static_cast<double>(hits) / static_cast<double>(of.requests.size());
}

void compare(const trace& of, int percent) {
    const std::size_t entries = of.keys * static_cast<std::size_t>(percent) / 100;
    const double textbooks[] = {lru(of, entries), sieve(of, entries), s3_fifo(of, entries), arc(of, entries)};
    std::size_t held = 0;
    const double own = weirs(of, entries, held);
    const double best = *std::max_element(std::begin(textbooks), std::end(textbooks));
    fmt::print("{}\t{}\t{}\t{}\t{:.4f}", of.name, percent, entries, held, own);
    for (const double one : textbooks) fmt::print("\t{:.4f}", one);
    fmt::print("\t{:.4f}\t{:.4f}\t{:.4f}\n", s3_fifo(of, entries, 1), optimal(of, entries), own / best);
    std::fflush(stdout);
}

}  // namespace

void compare(std::span<const trace> traces) {
    fmt::print(
        "trace\tpercent\tentries\theld\tweir\tlru\tsieve\ts3_fifo\tarc\ts3_fifo_1\toptimal\tweir_to_best\n");
    for (const trace& one : traces) {
        for (const int percent : {1, 10, 30}) compare(one, percent);
    }
}

}  // namespace weir::replay
