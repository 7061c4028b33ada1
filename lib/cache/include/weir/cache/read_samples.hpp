// Keeps a few of the reads that went through a flight, by resource, so that the auditor can ask for their
// answers again later. What is served from a tier came into it through a flight.
//
// One per process; any thread. Bounded: `kept_max` reads of each resource, and a new one a second, so that
// they reach back for minutes however many are read.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/policy.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir {

struct read_sample {
    std::string resource;
    std::vector<std::string> values;  // in the resource's order
};

// Returns whether the resource's answers must always be those of the database. One that no change reaches
// lives by its TTL alone. One that reads a table without a change, or depends on the time, may differ: its
// author has accepted that.
bool is_always_fresh(const policy& p, const resource& r);

class read_samples {
 public:
    // Makes a place for each resource that is always fresh.
    explicit read_samples(const policy& declared, milliseconds gap = seconds{1});

    // Keeps the read in place of another one, unless one of the resource was kept a moment ago.
    void note(const resource& what, const std::vector<std::string>& values);

    // Returns one of the kept reads; of each resource in turn. nullopt: there are none.
    std::optional<read_sample> pick();

 private:
    static constexpr std::size_t kept_max = 32;
    struct place {
        explicit place(std::string name) : resource(std::move(name)) {}

        const std::string resource;
        std::atomic<steady_clock::rep> next_at{0};   // when it takes another read
        std::vector<std::vector<std::string>> kept;  // guarded by mutex_
    };

    std::size_t random_below(std::size_t end);

    const steady_clock::duration gap_;
    std::mutex mutex_;
    std::deque<place> places_;  // in the order of their names; itself constant
    std::size_t turn_ = 0;      // guarded by mutex_, like the next one
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace weir
