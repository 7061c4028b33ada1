#include "measures.hpp"
#include "tier.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <random>
#include <vector>

namespace weir::replay {
namespace {

using draws = std::vector<std::uint32_t>;

constexpr std::size_t few = 1000;
constexpr std::size_t body_bytes = 1024;
constexpr std::size_t look_ups = 1'000'000;
constexpr int rounds = 7;

draws uniform(std::size_t keys) {
    std::minstd_rand random(7);
    std::uniform_int_distribution<std::uint32_t> any(0, static_cast<std::uint32_t>(keys - 1));
    draws out(look_ups);
    for (auto& one : out) one = any(random);
    return out;
}

// The n-th most popular key is asked for in proportion to 1/n.
draws zipf(std::size_t keys) {
    std::vector<double> sums(keys);
    double sum = 0;
    for (std::size_t n = 0; n < keys; ++n) sums[n] = sum += 1 / static_cast<double>(n + 1);
    std::vector<std::uint32_t> names(keys);  // popularity has nothing to do with the order of insertion
    for (std::size_t n = 0; n < keys; ++n) names[n] = static_cast<std::uint32_t>(n);
    std::minstd_rand random(7);
    std::shuffle(names.begin(), names.end(), random);
    std::uniform_real_distribution<double> any(0, sum);
    draws out(look_ups);
    for (auto& one : out) {
        const auto at = std::lower_bound(sums.begin(), sums.end(), any(random)) - sums.begin();
        one = names[std::min(static_cast<std::size_t>(at), keys - 1)];
    }
    return out;
}

double cpu_ns() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// The key is written into one buffer each time: reading a million of them would be misses of our own making.
// `look` gets it and says whether it hit.
template <typename Look>
double ns_each(const draws& of, Look look) {
    std::string key = key_of(0);
    const std::size_t digits = key.size() - 8;
    std::size_t hits = 0;
    const double begin = cpu_ns();
    for (std::uint32_t number : of) {
        for (std::size_t i = 8; i-- > 0; number /= 10) key[digits + i] = static_cast<char>('0' + number % 10);
        hits += look(key) ? 1U : 0U;
    }
    const double spent = cpu_ns() - begin;
    if (hits != of.size()) fmt::print(stderr, "{} of {} look-ups missed\n", of.size() - hits, of.size());
    return spent / static_cast<double>(of.size());
}

struct subject {
    subject(std::size_t entries, std::size_t bytes) : held(bytes) {
        for (std::size_t i = 0; i < entries; ++i) held.insert(key_of(i), body_bytes);
    }
    tier held;
};

// Interleaved, so that what else the machine does hits both; the least of each is the least disturbed.
void compare(const char* drawn, subject& small, const draws& of_small, subject& large,
             const draws& of_large) {
    double small_ns = 1e9;
    double large_ns = 1e9;
    double loop_ns = 1e9;
    for (int i = 0; i < rounds; ++i) {
        small_ns =
            std::min(small_ns, ns_each(of_small, [&](const auto& key) { return small.held.holds(key); }));
        large_ns =
            std::min(large_ns, ns_each(of_large, [&](const auto& key) { return large.held.holds(key); }));
        loop_ns = std::min(loop_ns, ns_each(of_large, [](const auto& key) { return key.back() != 'x'; }));
    }
    fmt::print("{}\t{}\t{:.1f}\t{:.1f}\t{:.2f}\n", drawn, large.held.entries(), small_ns - loop_ns,
               large_ns - loop_ns, (large_ns - loop_ns) / (small_ns - loop_ns));
}

}  // namespace

void measure_lookups(std::size_t entries) {
    constexpr std::size_t sample = 20'000;
    const std::size_t each = bytes_for(sample, body_bytes) / sample;
    subject small(few, each * few * 2);
    subject large(entries, each * (entries + entries / 50));
    fmt::print("drawn\tentries\tns_of_1000\tns\tratio\n");
    compare("uniform", small, uniform(few), large, uniform(entries));
    compare("zipf", small, zipf(few), large, zipf(entries));
}

}  // namespace weir::replay
