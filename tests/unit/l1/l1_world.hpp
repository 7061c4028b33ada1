// An L1 on a node that is always trusted, and what its tests put into it.
#pragma once

#include "weir/l1/l1.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::test {

using names = std::vector<std::string>;

inline constexpr unix_ms now{milliseconds{1'700'000'000'000}};
inline constexpr unix_ms later = now + seconds{60};
inline constexpr coherence::time_point at{seconds{1000}};

inline entry_parts value_of(std::string body, unix_ms soft_expiry = later) {
    entry_parts e;
    e.load_start = now;
    e.soft_expiry = soft_expiry;
    e.hard_expiry = soft_expiry + seconds{60};
    e.text = std::move(body);
    return e;
}

inline entry_parts absence() {
    entry_parts e;
    e.kind = entry_kind::absence;
    e.soft_expiry = later;
    e.hard_expiry = later;
    return e;
}

struct l1_world {
    explicit l1_world(l1_options options = {}) : tier(options, coherence) { coherence.trust_always(); }

    // What a flight does that loads without being disturbed.
    entry_ptr put(const std::string& key, const entry_parts& content, const names& tags = {}) {
        return put_with(std::string_view{}, key, content, tags);
    }
    entry_ptr put_with(std::string_view head, const std::string& key, const entry_parts& content,
                       const names& tags = {}) {
        return tier.insert(key, content, head, coherence.take(key, tags), later, at);
    }
    bool holds(const std::string& key) { return tier.find(key, now) != nullptr; }
    void hit(const std::string& key, int times) {
        for (int i = 0; i < times; ++i) REQUIRE(holds(key));
    }

    weir::coherence coherence;
    l1 tier;
};

// One shard, so that what is evicted does not depend on hashes.
inline l1_options small_tier(std::size_t bytes_max = 256U << 10U) {
    return {.bytes_max = bytes_max, .entry_bytes_max = bytes_max / 4, .absence_bytes_max = bytes_max / 8};
}

inline const std::string kilobyte(1024, 'x');

inline std::string numbered(const char* name, int number) {
    return name + std::to_string(number);
}

}  // namespace weir::test
