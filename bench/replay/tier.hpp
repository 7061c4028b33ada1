// Weir's L1 as a measurement needs it: the class that serves, on a node that is always trusted, with a time
// that stands still and entries as the read path makes them.
#pragma once

#include "weir/l1/l1.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::replay {

constexpr unix_ms now{milliseconds{1'700'000'000'000}};

// As a catalogue's keys are, all of one length.
std::string key_of(std::size_t number);

class tier {
 public:
    explicit tier(std::size_t bytes_max);

    bool holds(std::string_view key) { return tier_.find(key, now) != nullptr; }
    void insert(const std::string& key, std::size_t body_bytes);
    std::size_t entries() const { return tier_.stats().entries; }
    std::size_t bytes() const { return tier_.stats().bytes; }

 private:
    coherence trusted_;
    l1 tier_;
};

// The largest L1 that never holds more than so many entries.
std::size_t bytes_for(std::size_t entries, std::size_t body_bytes);

// What every entry brings along that is not overhead: the ready head.
std::string_view head();

}  // namespace weir::replay
