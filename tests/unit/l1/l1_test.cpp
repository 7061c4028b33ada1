#include "l1_world.hpp"

#include <set>

namespace weir::l1_test {
namespace {

using namespace test;

TEST_CASE("what was inserted is found as it is and shared") {
    l1_world w;
    entry_parts parts = value_of("{}");
    parts.etag = "e1";
    parts.load_cost = microseconds{5};
    const auto content = w.put_with("ETag: e1\r\n", "k", parts, {"all", "pages"});
    REQUIRE(content);
    CHECK(content->body() == "{}");
    CHECK(content->etag() == "e1");
    CHECK(content->head() == "ETag: e1\r\n");
    CHECK(content->load_start() == parts.load_start);
    CHECK(content->soft_expiry() == parts.soft_expiry);
    CHECK(content->hard_expiry() == parts.hard_expiry);
    CHECK(content->load_cost() == parts.load_cost);
    CHECK(w.tier.find("k", now) == content);
    CHECK(w.tier.peek("k", now) == content);
    CHECK(w.tier.find("other", now) == nullptr);
    CHECK(w.tier.find("", now) == nullptr);
}

TEST_CASE("a second insert under a key replaces the first") {
    l1_world w;
    REQUIRE(w.put("k", value_of("1")));
    REQUIRE(w.put("k", value_of("2")));
    CHECK(w.tier.find("k", now)->body() == "2");
    CHECK(w.tier.stats().entries == 1);
    REQUIRE(w.put("k", absence()));
    CHECK(w.tier.find("k", now)->kind() == entry_kind::absence);
    CHECK(w.tier.stats().entries == 1);
}

TEST_CASE("an entry is not found after its expiry in L1 nor after its own hard expiry") {
    l1_world w;
    w.tier.insert("short", value_of("1"), {}, w.coherence.take("short", {}), now + seconds{1}, at);
    w.tier.insert("stale", value_of("1", now - seconds{59}), {}, w.coherence.take("stale", {}), later, at);
    for (const char* key : {"short", "stale"}) {
        CHECK(w.tier.find(key, now + milliseconds{999}) != nullptr);
        CHECK(w.tier.find(key, now + seconds{1}) == nullptr);
        CHECK(w.tier.peek(key, now + seconds{1}) == nullptr);
    }
}

TEST_CASE("an insert is refused when its key was forgotten after the note") {
    l1_world w;
    const auto noted = w.coherence.take("k", {});
    w.coherence.forget(names{"k"}, {});
    w.tier.forget(names{"k"});
    CHECK_FALSE(w.tier.insert("k", value_of("old"), {}, noted, later, at));
    CHECK_FALSE(w.holds("k"));
    CHECK(w.tier.stats().refused_late == 1);
    CHECK(w.put("k", value_of("new")));
}

TEST_CASE("an insert is refused when one of its tags was forgotten after the note") {
    l1_world w;
    const auto noted = w.coherence.take("k", names{"all", "pages"});
    w.coherence.forget({}, names{"pages"});
    CHECK_FALSE(w.tier.insert("k", value_of("old"), {}, noted, later, at));
    CHECK_FALSE(w.holds("k"));
}

TEST_CASE("a forgotten key is erased and its neighbours stay") {
    l1_world w;
    for (int i = 0; i < 100; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    w.tier.forget(names{"k7", "k8", "nothing"});
    CHECK_FALSE(w.holds("k7"));
    CHECK_FALSE(w.holds("k8"));
    CHECK(w.tier.stats().entries == 98);
    for (int i = 10; i < 100; ++i) CHECK(w.holds(numbered("k", i)));
}

TEST_CASE("an entry is no hit any more once one of its tags is forgotten") {
    l1_world w;
    REQUIRE(w.put("a", value_of("{}"), {"all", "pages"}));
    REQUIRE(w.put("b", value_of("{}"), {"all"}));
    w.coherence.forget({}, names{"pages"});
    CHECK_FALSE(w.holds("a"));
    CHECK(w.tier.peek("a", now) == nullptr);
    CHECK(w.holds("b"));
    REQUIRE(w.put("a", value_of("{}"), {"all", "pages"}));
    CHECK(w.holds("a"));
}

TEST_CASE("an insert is refused while the node is not trusted") {
    l1_world w;
    w.coherence.trust_until(at);
    CHECK_FALSE(w.put("k", value_of("{}")));
    CHECK(w.tier.stats().refused_untrusted == 1);
    w.coherence.trust_until(at + milliseconds{1});
    CHECK(w.put("k", value_of("{}")));
}

TEST_CASE("nothing that was inserted before a distrust is found after it") {
    l1_world w;
    REQUIRE(w.put("k", value_of("{}")));
    w.coherence.distrust();
    CHECK_FALSE(w.holds("k"));
    w.coherence.trust_always();
    CHECK_FALSE(w.holds("k"));
    w.tier.clear();
    CHECK(w.tier.stats().entries == 0);
    CHECK(w.put("k", value_of("{}")));
    CHECK(w.holds("k"));
}

TEST_CASE("a value read while off the bus is not inserted after the return to it") {
    l1_world w;
    w.coherence.distrust();
    const auto noted = w.coherence.take("k", {});
    w.coherence.trust_always();
    CHECK_FALSE(w.tier.insert("k", value_of("old"), {}, noted, later, at));
    CHECK(w.tier.stats().refused_late == 1);
}

TEST_CASE("clear empties the tier and leaves held entries to their holders") {
    l1_world w;
    for (int i = 0; i < 1000; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    const auto held = w.tier.find("k1", now);
    w.tier.clear();
    CHECK(w.tier.stats().entries == 0);
    CHECK(w.tier.stats().bytes == 0);
    CHECK(held->body() == "{}");
    CHECK_FALSE(w.holds("k1"));
}

TEST_CASE("what was cleared is freed by the inserts that follow") {
    l1_world w(small_tier());
    std::vector<entry_ptr> cleared;
    for (int i = 0; i < 64; ++i) {
        cleared.push_back(w.put(numbered("k", i), i % 2 == 0 ? absence() : value_of(kilobyte)));
        REQUIRE(cleared.back());
    }
    w.tier.clear();
    for (const auto& old : cleared) REQUIRE(old->holders() == 2);
    for (int i = 0; i < 8; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    for (const auto& old : cleared) CHECK(old->holders() == 1);
}

TEST_CASE("statistics tell hits and misses and inserts") {
    l1_world w;
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

TEST_CASE("a sample finds the only entry of a large tier wherever it begins") {
    l1_world w;
    CHECK(w.tier.sample(1, 16, now).empty());
    REQUIRE(w.put("k", value_of("{}")));
    for (std::uint64_t random = 0; random < 200; ++random) {
        CHECK(w.tier.sample(random, 16, now) == names{"k"});
    }
    w.tier.forget(names{"k"});
    CHECK(w.tier.sample(1, 16, now).empty());
}

TEST_CASE("samples reach every entry and give no more than was asked for") {
    l1_world w;
    for (int i = 0; i < 2000; ++i) REQUIRE(w.put(numbered("k", i), value_of("{}")));
    std::set<std::string> seen;
    for (std::uint64_t random = 0; random < 20'000; ++random) {
        const auto keys = w.tier.sample(random * 2'654'435'761U, 16, now);
        REQUIRE(keys.size() == 16);
        seen.insert(keys.begin(), keys.end());
    }
    CHECK(w.tier.sample(7, 3, now).size() == 3);
    CHECK(seen.size() > 1900);
}

TEST_CASE("a sample holds only what may be served and leaves the counts alone") {
    l1_world w;
    w.tier.insert("expired", value_of("1"), {}, w.coherence.take("expired", {}), now + seconds{1}, at);
    REQUIRE(w.put("old tag", value_of("{}"), names{"t"}));
    w.coherence.forget({}, names{"t"});
    REQUIRE(w.put("good", value_of("{}")));
    const auto before = w.tier.stats();
    CHECK(w.tier.sample(5, 16, now + seconds{2}) == names{"good"});
    CHECK(w.tier.stats().hits == before.hits);
    CHECK(w.tier.stats().misses == before.misses);
    w.coherence.distrust();
    CHECK(w.tier.sample(5, 16, now).empty());
}

}  // namespace

}  // namespace weir::l1_test
