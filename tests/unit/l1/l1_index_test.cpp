#include "weir/l1/l1.hpp"

#include "support/catch.hpp"

#include <random>
#include <set>
#include <string>
#include <vector>

namespace weir::l1_index_test {

// The index is private to L1, so it is looked at through it, in one shard that never evicts.
namespace {

constexpr unix_ms now{milliseconds{1'700'000'000'000}};
constexpr unix_ms later = now + seconds{60};
constexpr coherence::time_point at{seconds{1000}};

struct world {
    world() { coherence.trust_always(); }

    void put(const std::string& key) {
        entry_parts e;
        e.soft_expiry = e.hard_expiry = later;
        e.text = key;
        REQUIRE(tier.insert(key, e, {}, coherence.take(key, {}), later, at));
    }
    bool holds(const std::string& key) {
        const auto found = tier.find(key, now);
        if (found) REQUIRE(found->body() == key);
        return found != nullptr;
    }

    weir::coherence coherence;
    l1 tier{{.bytes_max = 64U << 20U, .entry_bytes_max = 16U << 20U}, coherence};
};

TEST_CASE("every one of many keys is found while the index grows and nothing else is") {
    world w;
    constexpr int keys = 20'000;
    for (int i = 0; i < keys; ++i) {
        w.put("k" + std::to_string(i));
        if (i % 997 == 0) {
            for (int j = 0; j <= i; j += 37) REQUIRE(w.holds("k" + std::to_string(j)));
        }
    }
    for (int i = 0; i < keys; ++i) {
        REQUIRE(w.holds("k" + std::to_string(i)));
        REQUIRE_FALSE(w.holds("absent" + std::to_string(i)));
    }
    CHECK(w.tier.stats().evictions == 0);
}

TEST_CASE("keys that come and go in any order leave the index as a set would be") {
    world w;
    std::mt19937 random(11);
    std::set<std::string> expected;
    for (int i = 0; i < 60'000; ++i) {
        const std::string key = std::to_string(random() % 3000);
        if (random() % 2 == 0) {
            w.put(key);
            expected.insert(key);
        } else {
            w.coherence.forget(std::vector{key}, {});
            w.tier.forget(std::vector{key});
            expected.erase(key);
        }
    }
    for (int i = 0; i < 3000; ++i) {
        const std::string key = std::to_string(i);
        REQUIRE(w.holds(key) == expected.contains(key));
    }
    CHECK(w.tier.stats().entries == expected.size());
}

}  // namespace

}  // namespace weir::l1_index_test
