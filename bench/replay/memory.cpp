#include "measures.hpp"
#include "tier.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <unistd.h>

namespace weir::replay {
namespace {

std::size_t resident_bytes() {
    std::size_t all = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> all >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Bodies of sixteen lengths, so that the allocator's rounding is met at its average.
std::size_t body_bytes(std::size_t number) {
    return 1024 + number % 16;
}

}  // namespace

void measure_memory(std::size_t entries) {
    constexpr std::size_t sample = 20'000;
    const std::size_t budget = bytes_for(sample, body_bytes(15)) / sample * (entries + entries / 50);
    malloc_trim(0);  // else the sample's memory would be taken again and not be seen
    const std::size_t before = resident_bytes();
    tier held(budget);
    std::size_t payload = 0;
    for (std::size_t i = 0; i < entries; ++i) {
        held.insert(key_of(i), body_bytes(i));
        payload += key_of(i).size() + body_bytes(i) + head().size();
    }
    const auto count = static_cast<double>(held.entries());
    const double grown = static_cast<double>(resident_bytes() - before);
    const double overhead = (grown - static_cast<double>(payload)) / count;
    fmt::print("entries\tbudget_mib\tresident_mib\tcharged_mib\tpayload_mib\toverhead_bytes\n");
    fmt::print("{}\t{}\t{:.0f}\t{}\t{}\t{:.1f}\n", held.entries(), budget >> 20U, grown / 1048576,
               held.bytes() >> 20U, payload >> 20U, overhead);
}

}  // namespace weir::replay
