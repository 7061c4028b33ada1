// What has to go when an L1 is full, and what counts as full.
#include "l1_world.hpp"

namespace weir::l1_eviction_test {
namespace {

using namespace test;

TEST_CASE("an entry that grows makes others leave and stays itself") {
    l1_world w{small_tier()};
    REQUIRE(w.put("grows", value_of(kilobyte)));
    for (int i = 0; i < 1000; ++i) w.put(numbered("k", i), value_of(kilobyte));
    const auto content = w.put("grows", value_of(kilobyte));
    REQUIRE(content);
    const auto before = w.tier.stats();
    REQUIRE(w.tier.grow("grows", content, 100U << 10U));
    CHECK(w.holds("grows"));
    CHECK(w.tier.stats().evictions > before.evictions + 50);
    CHECK(w.tier.stats().bytes <= 256U << 10U);
    for (int i = 0; i < 1000; ++i) w.put(numbered("other", i), value_of(kilobyte));
    CHECK(w.tier.stats().bytes <= 256U << 10U);
    w.tier.clear();
    CHECK(w.tier.stats().bytes == 0);
}

TEST_CASE("only the entry that L1 holds under a key can grow and only so far as L1 could hold it") {
    l1_world w{small_tier()};
    const auto old = w.put("k", value_of("1"));
    const auto fresh = w.put("k", value_of("2"));
    REQUIRE(old);
    REQUIRE(fresh);
    const auto before = w.tier.stats().bytes;
    CHECK_FALSE(w.tier.grow("k", old, 1000));
    CHECK_FALSE(w.tier.grow("other", fresh, 1000));
    CHECK_FALSE(w.tier.grow("k", fresh, 300U << 10U));
    CHECK(w.tier.stats().bytes == before);
    CHECK(w.holds("k"));
    CHECK(w.tier.grow("k", fresh, 1000));
    CHECK(w.tier.stats().bytes == before + 1000);
}

TEST_CASE("the bytes of all entries with key and head and overhead stay within the bound") {
    l1_world w(small_tier());
    const auto content = value_of(kilobyte);
    const std::string head(300, 'h');
    const std::string suffix(200, 'k');
    REQUIRE(w.put_with(head, "0" + suffix, content));
    const std::size_t one = w.tier.stats().bytes;
    CHECK(one > 1024 + 300 + 200 + 80);
    CHECK(one <= 1024 + 300 + 201 + 120);
    for (int i = 1; i < 2000; ++i) REQUIRE(w.put_with(head, std::to_string(i) + suffix, content));
    const auto stats = w.tier.stats();
    CHECK(stats.bytes <= 256U << 10U);
    CHECK(stats.bytes > 192U << 10U);
    CHECK(stats.entries == stats.bytes / one);
    CHECK(stats.evictions == 2000 - stats.entries);
}

TEST_CASE("an entry costs at most 120 bytes more than its texts and eight for each tag") {
    std::size_t overhead = 0;
    constexpr std::size_t lengths = 16;  // over which the allocator's rounding is what it is on average
    for (std::size_t bytes = 0; bytes < lengths; ++bytes) {
        l1_world w;
        entry_parts content = value_of(std::string(bytes, 'x'));
        content.etag = std::string(32, 'e');
        const std::string head = "ETag: \"" + content.etag + "\"\r\n";
        REQUIRE(w.put_with(head, "key", content, {"all", "pages"}));
        overhead += w.tier.stats().bytes - 3 - head.size() - bytes - 2 * 8;
    }
    CHECK(overhead <= 120 * lengths);
}

TEST_CASE("a key too long to be looked up in one block is not kept") {
    l1_world w;
    const std::string long_key(70'000, 'k');
    CHECK_FALSE(w.put(long_key, value_of("{}")));
    CHECK_FALSE(w.holds(long_key));
    CHECK(w.tier.stats().refused_large == 1);
    const std::string shorter(60'000, 'k');
    CHECK(w.put(shorter, value_of("{}")));
    CHECK(w.holds(shorter));
}

TEST_CASE("an entry over the limit is not kept and evicts nothing") {
    l1_world w(small_tier());
    REQUIRE(w.put("k", value_of("{}")));
    CHECK_FALSE(w.put("large", value_of(std::string(64U << 10U, 'x'))));
    CHECK(w.put("smaller", value_of(std::string(60U << 10U, 'x'))));
    CHECK(w.holds("k"));
    CHECK(w.tier.stats().refused_large == 1);
    CHECK(w.tier.stats().evictions == 0);
}

TEST_CASE("a flood of absences and empty lists evicts no value") {
    l1_world w(small_tier());
    for (int i = 0; i < 100; ++i) REQUIRE(w.put(numbered("k", i), value_of(kilobyte)));
    const auto bytes = w.tier.stats().bytes;
    for (int i = 0; i < 2000; ++i) w.put(numbered("random", i), i % 2 == 0 ? absence() : value_of("[]"));
    for (int i = 0; i < 100; ++i) CHECK(w.holds(numbered("k", i)));
    CHECK(w.tier.stats().bytes - bytes <= 32U << 10U);
    CHECK(w.holds("random1999"));
}

TEST_CASE("the hot set survives a scan of keys that are asked for once") {
    l1_world w(small_tier());
    for (int i = 0; i < 80; ++i) {
        REQUIRE(w.put(numbered("hot", i), value_of(kilobyte)));
        w.hit(numbered("hot", i), 2);
    }
    for (int i = 0; i < 10'000; ++i) REQUIRE(w.put(numbered("scan", i), value_of(kilobyte)));
    for (int i = 0; i < 80; ++i) CHECK(w.holds(numbered("hot", i)));
    CHECK(w.tier.stats().entries > 100);
}

TEST_CASE("a look without serving gives an entry no second chance") {
    l1_world w(small_tier());
    REQUIRE(w.put("seen", value_of(kilobyte)));
    REQUIRE(w.put("hit", value_of(kilobyte)));
    for (int i = 0; i < 3; ++i) REQUIRE(w.tier.peek("seen", now));
    w.hit("hit", 3);
    const auto before = w.tier.stats();
    for (int i = 0; i < 1000; ++i) REQUIRE(w.put(numbered("scan", i), value_of(kilobyte)));
    CHECK(w.tier.peek("seen", now) == nullptr);
    CHECK(w.tier.peek("hit", now) != nullptr);
    CHECK(w.tier.stats().hits == before.hits);
}

TEST_CASE("a key that comes back soon after its eviction is kept from then on") {
    l1_world w(small_tier());
    for (int i = 0; i < 300; ++i) w.put(numbered("first", i), value_of(kilobyte));
    REQUIRE_FALSE(w.holds("first50"));
    REQUIRE(w.put("first50", value_of(kilobyte)));  // remembered: into main
    for (int i = 0; i < 1000; ++i) w.put(numbered("scan", i), value_of(kilobyte));
    CHECK(w.holds("first50"));
}

TEST_CASE("a hot key keeps its place when it is invalidated or replaced") {
    l1_world w(small_tier());
    for (const char* key : {"forgotten", "replaced"}) {
        REQUIRE(w.put(key, value_of(kilobyte)));
        w.hit(key, 2);
    }
    REQUIRE(w.put("replaced", value_of(kilobyte)));  // still in small, and again in main below
    for (int i = 0; i < 300; ++i) w.put(numbered("scan", i), value_of(kilobyte));
    w.coherence.forget(names{"forgotten"}, {});
    w.tier.forget(names{"forgotten"});
    REQUIRE(w.put("forgotten", value_of(kilobyte)));
    REQUIRE(w.put("replaced", value_of(kilobyte)));
    for (int i = 0; i < 1000; ++i) w.put(numbered("more", i), value_of(kilobyte));
    CHECK(w.holds("forgotten"));
    CHECK(w.holds("replaced"));
}

TEST_CASE("what was asked for often before its eviction displaces what was not") {
    l1_world w(small_tier());
    const auto fill = [&](const char* name, int count) {
        for (int i = 0; i < count; ++i) REQUIRE(w.put(numbered(name, i), value_of(kilobyte)));
    };
    fill("main", 200);  // comes back below: main is full of keys that were asked for twice
    for (int i = 0; i < 200; ++i) w.put(numbered("main", i), value_of(kilobyte));
    REQUIRE(w.put("often", value_of(kilobyte)));
    w.hit("often", 8);
    REQUIRE(w.put("once", value_of(kilobyte)));
    fill("scan", 1000);
    CHECK(w.holds("often"));
    CHECK_FALSE(w.holds("once"));
}

TEST_CASE("what was hot once makes room when nobody asks for it any more") {
    l1_world w(small_tier());
    for (int i = 0; i < 150; ++i) {
        REQUIRE(w.put(numbered("old", i), value_of(kilobyte)));
        w.hit(numbered("old", i), 20);
    }
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < 100; ++i) {
            const auto key = numbered("new", i);
            if (!w.holds(key)) REQUIRE(w.put(key, value_of(kilobyte)));
        }
    }
    int kept = 0;
    for (int i = 0; i < 100; ++i) kept += w.holds(numbered("new", i)) ? 1 : 0;
    CHECK(kept == 100);
}

TEST_CASE("an entry as large as many makes its room from many") {
    l1_world w(small_tier());
    for (int i = 0; i < 300; ++i) w.put(numbered("k", i), value_of(kilobyte));
    const auto before = w.tier.stats().entries;
    REQUIRE(w.put("large", value_of(std::string(40U << 10U, 'x'))));
    CHECK(w.tier.stats().entries < before - 20);
    CHECK(w.tier.stats().bytes <= 256U << 10U);
    CHECK(w.holds("large"));
}

TEST_CASE("a hot set larger than the tier still makes room") {
    l1_world w(small_tier());
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(w.put(numbered("k", i), value_of(kilobyte)));
        w.hit(numbered("k", i), 3);
        REQUIRE(w.tier.stats().bytes <= 256U << 10U);
    }
}

}  // namespace

}  // namespace weir::l1_eviction_test
