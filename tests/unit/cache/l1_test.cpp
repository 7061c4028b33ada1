#include "weir/cache/l1.hpp"

#include "support/catch.hpp"

#include <optional>
#include <vector>

namespace weir {
namespace {

using names = std::vector<std::string>;

constexpr unix_ms now{milliseconds{1'700'000'000'000}};
constexpr unix_ms later = now + seconds{60};
constexpr coherence::time_point at{seconds{1000}};

entry_ptr value_of(std::string body, unix_ms soft_expiry = later) {
    entry e;
    e.load_start = now;
    e.soft_expiry = soft_expiry;
    e.hard_expiry = soft_expiry + seconds{60};
    e.body = std::move(body);
    return std::make_shared<const entry>(std::move(e));
}

entry_ptr absence() {
    entry e;
    e.kind = entry_kind::absence;
    e.soft_expiry = later;
    e.hard_expiry = later;
    return std::make_shared<const entry>(std::move(e));
}

struct world {
    explicit world(l1_options options = {}) : tier(options, honest) { honest.trust_always(); }

    // What a flight does that loads without being disturbed.
    bool put(const std::string& key, const entry_ptr& content, const names& tags = {}) {
        return tier.insert(key, content, honest.take(key, tags), later, at);
    }
    bool holds(const std::string& key) { return tier.find(key, now) != nullptr; }
    void hit(const std::string& key, int times) {
        for (int i = 0; i < times; ++i) REQUIRE(holds(key));
    }

    coherence honest;
    l1 tier;
};

// One shard, so that what is evicted does not depend on hashes.
l1_options small_tier(std::size_t bytes_max = 256U << 10U) {
    return {.bytes_max = bytes_max, .entry_bytes_max = bytes_max / 4, .absence_bytes_max = bytes_max / 8};
}

const std::string kilobyte(1024, 'x');

std::string numbered(const char* name, int number) {
    return name + std::to_string(number);
}

TEST_CASE("what was inserted is found as it is and shared") {
    world w;
    const auto content = value_of("{}");
    REQUIRE(w.put("k", content));
    CHECK(w.tier.find("k", now) == content);
    CHECK(w.tier.peek("k", now) == content);
    CHECK(w.tier.find("other", now) == nullptr);
    CHECK(w.tier.find("", now) == nullptr);
}

TEST_CASE("a second insert under a key replaces the first") {
    world w;
    REQUIRE(w.put("k", value_of("1")));
    REQUIRE(w.put("k", value_of("2")));
    CHECK(w.tier.find("k", now)->body == "2");
    CHECK(w.tier.stats().entries == 1);
    REQUIRE(w.put("k", absence()));
    CHECK(w.tier.find("k", now)->kind == entry_kind::absence);
    CHECK(w.tier.stats().entries == 1);
}

TEST_CASE("an entry is not found after its expiry in L1 nor after its own hard expiry") {
    world w;
    w.tier.insert("short", value_of("1"), w.honest.take("short", {}), now + seconds{1}, at);
    w.tier.insert("stale", value_of("1", now - seconds{59}), w.honest.take("stale", {}), later, at);
    for (const char* key : {"short", "stale"}) {
        CHECK(w.tier.find(key, now + milliseconds{999}) != nullptr);
        CHECK(w.tier.find(key, now + seconds{1}) == nullptr);
        CHECK(w.tier.peek(key, now + seconds{1}) == nullptr);
    }
}

TEST_CASE("an insert is refused when its key was forgotten after the note") {
    world w;
    const auto noted = w.honest.take("k", {});
    w.honest.forget(names{"k"}, {});
    w.tier.forget(names{"k"});
    CHECK_FALSE(w.tier.insert("k", value_of("old"), noted, later, at));
    CHECK_FALSE(w.holds("k"));
    CHECK(w.tier.stats().refused_late == 1);
    CHECK(w.put("k", value_of("new")));
}

TEST_CASE("an insert is refused when one of its tags was forgotten after the note") {
    world w;
    const auto noted = w.honest.take("k", names{"all", "pages"});
    w.honest.forget({}, names{"pages"});
    CHECK_FALSE(w.tier.insert("k", value_of("old"), noted, later, at));
    CHECK_FALSE(w.holds("k"));
}

TEST_CASE("an entry that grows makes others leave and stays itself") {
    world w{small_tier()};
    const auto content = value_of(kilobyte);
    REQUIRE(w.put("grows", content));
    for (int i = 0; i < 1000; ++i) w.put(numbered("k", i), value_of(kilobyte));
    REQUIRE(w.put("grows", content));
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
    world w{small_tier()};
    const auto old = value_of("1");
    const auto fresh = value_of("2");
    REQUIRE(w.put("k", old));
    REQUIRE(w.put("k", fresh));
    const auto before = w.tier.stats().bytes;
    CHECK_FALSE(w.tier.grow("k", old, 1000));
    CHECK_FALSE(w.tier.grow("other", fresh, 1000));
    CHECK_FALSE(w.tier.grow("k", fresh, 300U << 10U));
    CHECK(w.tier.stats().bytes == before);
    CHECK(w.holds("k"));
    CHECK(w.tier.grow("k", fresh, 1000));
    CHECK(w.tier.stats().bytes == before + 1000);
}

TEST_CASE("a forgotten key is erased and its neighbours stay") {
    world w;
    for (int i = 0; i < 100; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    w.tier.forget(names{"k7", "k8", "nothing"});
    CHECK_FALSE(w.holds("k7"));
    CHECK_FALSE(w.holds("k8"));
    CHECK(w.tier.stats().entries == 98);
    for (int i = 10; i < 100; ++i) CHECK(w.holds(numbered("k", i)));
}

TEST_CASE("an entry is no hit any more once one of its tags is forgotten") {
    world w;
    REQUIRE(w.put("a", value_of("{}"), {"all", "pages"}));
    REQUIRE(w.put("b", value_of("{}"), {"all"}));
    w.honest.forget({}, names{"pages"});
    CHECK_FALSE(w.holds("a"));
    CHECK(w.tier.peek("a", now) == nullptr);
    CHECK(w.holds("b"));
    REQUIRE(w.put("a", value_of("{}"), {"all", "pages"}));
    CHECK(w.holds("a"));
}

TEST_CASE("an insert is refused while the node is not trusted") {
    world w;
    w.honest.trust_until(at);
    CHECK_FALSE(w.put("k", value_of("{}")));
    CHECK(w.tier.stats().refused_untrusted == 1);
    w.honest.trust_until(at + milliseconds{1});
    CHECK(w.put("k", value_of("{}")));
}

TEST_CASE("nothing that was inserted before a distrust is found after it") {
    world w;
    REQUIRE(w.put("k", value_of("{}")));
    w.honest.distrust();
    CHECK_FALSE(w.holds("k"));
    w.honest.trust_always();
    CHECK_FALSE(w.holds("k"));
    w.tier.clear();
    CHECK(w.tier.stats().entries == 0);
    CHECK(w.put("k", value_of("{}")));
    CHECK(w.holds("k"));
}

TEST_CASE("a value read while off the bus is not inserted after the return to it") {
    world w;
    w.honest.distrust();
    const auto noted = w.honest.take("k", {});
    w.honest.trust_always();
    CHECK_FALSE(w.tier.insert("k", value_of("old"), noted, later, at));
    CHECK(w.tier.stats().refused_late == 1);
}

TEST_CASE("clear empties the tier and leaves held entries to their holders") {
    world w;
    for (int i = 0; i < 1000; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    const auto held = w.tier.find("k1", now);
    w.tier.clear();
    CHECK(w.tier.stats().entries == 0);
    CHECK(w.tier.stats().bytes == 0);
    CHECK(held->body == "{}");
    CHECK_FALSE(w.holds("k1"));
}

TEST_CASE("what was cleared is freed by the inserts that follow") {
    world w(small_tier());
    std::vector<std::weak_ptr<const entry>> cleared;
    for (int i = 0; i < 64; ++i) {
        const auto content = i % 2 == 0 ? absence() : value_of(kilobyte);
        REQUIRE(w.put(numbered("k", i), content));
        cleared.push_back(content);
    }
    w.tier.clear();
    for (int i = 0; i < 8; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    for (const auto& old : cleared) CHECK(old.expired());
}

TEST_CASE("the bytes of all entries with key and head and overhead stay within the bound") {
    world w(small_tier());
    entry e = *value_of(kilobyte);
    e.head = std::string(300, 'h');
    e.tag_versions = {std::string(32, '0')};
    const auto content = std::make_shared<const entry>(e);
    const std::string suffix(200, 'k');
    REQUIRE(w.put("0" + suffix, content));
    const std::size_t one = w.tier.stats().bytes;
    CHECK(one > 1024 + 300 + 200 + 32 + sizeof(entry));
    CHECK(one < 1024 + 300 + 200 + 32 + sizeof(entry) + 300);
    for (int i = 1; i < 2000; ++i) REQUIRE(w.put(std::to_string(i) + suffix, content));
    const auto stats = w.tier.stats();
    CHECK(stats.bytes <= 256U << 10U);
    CHECK(stats.bytes > 192U << 10U);
    CHECK(stats.entries == stats.bytes / one);
    CHECK(stats.evictions == 2000 - stats.entries);
}

TEST_CASE("an entry costs at most 120 bytes more than its key and what it holds") {
    world w;
    const auto content = value_of(std::string{});
    REQUIRE(w.put("key", content, {"all"}));
    CHECK(w.tier.stats().bytes <= 3 + sizeof(entry) + 2 * 16 + 120);
}

TEST_CASE("an entry over the limit is not kept and evicts nothing") {
    world w(small_tier());
    REQUIRE(w.put("k", value_of("{}")));
    CHECK_FALSE(w.put("large", value_of(std::string(64U << 10U, 'x'))));
    CHECK(w.put("smaller", value_of(std::string(60U << 10U, 'x'))));
    CHECK(w.holds("k"));
    CHECK(w.tier.stats().refused_large == 1);
    CHECK(w.tier.stats().evictions == 0);
}

TEST_CASE("a flood of absences and empty lists evicts no value") {
    world w(small_tier());
    for (int i = 0; i < 100; ++i) REQUIRE(w.put(numbered("k", i), value_of(kilobyte)));
    const auto bytes = w.tier.stats().bytes;
    for (int i = 0; i < 2000; ++i) w.put(numbered("random", i), i % 2 == 0 ? absence() : value_of("[]"));
    for (int i = 0; i < 100; ++i) CHECK(w.holds(numbered("k", i)));
    CHECK(w.tier.stats().bytes - bytes <= 32U << 10U);
    CHECK(w.holds("random1999"));
}

TEST_CASE("the hot set survives a scan of keys that are asked for once") {
    world w(small_tier());
    for (int i = 0; i < 80; ++i) {
        REQUIRE(w.put(numbered("hot", i), value_of(kilobyte)));
        w.hit(numbered("hot", i), 2);
    }
    for (int i = 0; i < 10'000; ++i) REQUIRE(w.put(numbered("scan", i), value_of(kilobyte)));
    for (int i = 0; i < 80; ++i) CHECK(w.holds(numbered("hot", i)));
    CHECK(w.tier.stats().entries > 100);
}

TEST_CASE("a look without serving gives an entry no second chance") {
    world w(small_tier());
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
    world w(small_tier());
    for (int i = 0; i < 300; ++i) w.put(numbered("first", i), value_of(kilobyte));
    REQUIRE_FALSE(w.holds("first100"));
    REQUIRE(w.put("first100", value_of(kilobyte)));  // remembered: into main
    for (int i = 0; i < 1000; ++i) w.put(numbered("scan", i), value_of(kilobyte));
    CHECK(w.holds("first100"));
}

TEST_CASE("a hot key keeps its place when it is invalidated or replaced") {
    world w(small_tier());
    for (const char* key : {"forgotten", "replaced"}) {
        REQUIRE(w.put(key, value_of(kilobyte)));
        w.hit(key, 2);
    }
    REQUIRE(w.put("replaced", value_of(kilobyte)));  // still in small, and again in main below
    for (int i = 0; i < 300; ++i) w.put(numbered("scan", i), value_of(kilobyte));
    w.honest.forget(names{"forgotten"}, {});
    w.tier.forget(names{"forgotten"});
    REQUIRE(w.put("forgotten", value_of(kilobyte)));
    REQUIRE(w.put("replaced", value_of(kilobyte)));
    for (int i = 0; i < 1000; ++i) w.put(numbered("more", i), value_of(kilobyte));
    CHECK(w.holds("forgotten"));
    CHECK(w.holds("replaced"));
}

TEST_CASE("what was asked for often before its eviction displaces what was not") {
    world w(small_tier());
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
    world w(small_tier());
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
    world w(small_tier());
    for (int i = 0; i < 300; ++i) w.put(numbered("k", i), value_of(kilobyte));
    const auto before = w.tier.stats().entries;
    REQUIRE(w.put("large", value_of(std::string(40U << 10U, 'x'))));
    CHECK(w.tier.stats().entries < before - 20);
    CHECK(w.tier.stats().bytes <= 256U << 10U);
    CHECK(w.holds("large"));
}

TEST_CASE("a hot set larger than the tier still makes room") {
    world w(small_tier());
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(w.put(numbered("k", i), value_of(kilobyte)));
        w.hit(numbered("k", i), 3);
        REQUIRE(w.tier.stats().bytes <= 256U << 10U);
    }
}

TEST_CASE("statistics tell hits and misses and inserts") {
    world w;
    w.put("k", value_of("{}"));
    w.holds("k");
    w.holds("k");
    w.holds("other");
    w.tier.peek("k", now);
    const auto stats = w.tier.stats();
    CHECK(stats.hits == 2);
    CHECK(stats.misses == 1);
    CHECK(stats.inserts == 1);
    CHECK(stats.entries == 1);
    CHECK(stats.bytes > 0);
}

}  // namespace
}  // namespace weir
