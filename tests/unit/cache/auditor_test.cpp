#include "auditor_world.hpp"

namespace weir::auditor_test {
namespace {

using world = auditor_world;

TEST_CASE("tiers that agree with the database are fresh after one load") {
    world w;
    w.put_l1(world::made("new"));
    w.put_l2(world::made("new"));
    CHECK(w.audit() == audit_outcome::fresh);
    CHECK(w.from.loads == 1);
}

TEST_CASE("what no tier holds is not loaded") {
    world w;
    CHECK(w.audit() == audit_outcome::absent);
    CHECK(w.from.loads == 0);
}

TEST_CASE("an entry of L2 that stays behind the database is counted as stale") {
    world w;
    w.put_l2(world::made("old"));
    w.put_l1(world::made("new"));
    CHECK(w.audit() == audit_outcome::stale);
    CHECK(w.from.loads == 2);
    CHECK(w.stale("l2") == 1);
    CHECK(w.stale("l1") == 0);
}

TEST_CASE("an entry of L1 that stays behind the database is counted as stale") {
    world w;
    w.put_l1(world::made("old"));
    CHECK(w.audit() == audit_outcome::stale);
    CHECK(w.stale("l1") == 1);
    CHECK(w.stale("l2") == 0);
}

TEST_CASE("an absence that the database contradicts is stale as well as a value of a row that is gone") {
    world w;
    entry_parts absence = world::made("");
    absence.kind = entry_kind::absence;
    absence.etag.clear();
    w.put_l2(absence);
    CHECK(w.audit() == audit_outcome::stale);
    w.db.remove("product", {"p1"});
    CHECK(w.audit() == audit_outcome::fresh);
    w.put_l2(world::made("new"));
    CHECK(w.audit() == audit_outcome::stale);
}

TEST_CASE("a write whose invalidation arrives after the first look is not counted") {
    world w;
    w.put_l1(world::made("old"));
    w.put_l2(world::made("old"));
    w.from.after = [&] {
        w.node.forget(std::vector{key}, {});
        w.memory.forget(std::vector{key});
        w.redis.evict(key);
    };
    CHECK(w.audit() == audit_outcome::changing);
    CHECK(w.stale("l1") + w.stale("l2") == 0);
    CHECK(w.from.loads == 1);
}

TEST_CASE("an invalidation by tag counts as one") {
    world w;
    w.put_l1(world::made("old"));
    w.put_l2(world::made("old"));
    w.from.after = [&] {
        w.node.forget({}, std::vector{tag});
        w.redis.put(tag, "a2", seconds{60});
    };
    CHECK(w.audit() == audit_outcome::changing);
}

TEST_CASE("an entry that another load replaced is another entry however much it differs") {
    world w;
    w.put_l2(world::made("old", seconds{2}));
    w.from.after = [&] { w.put_l2(world::made("old")); };
    CHECK(w.audit() == audit_outcome::changing);
    CHECK(w.stale("l2") == 0);
}

TEST_CASE("a row that changes between the two loads is not counted") {
    world w;
    w.put_l2(world::made("old"));
    w.from.after = [&] { w.db.put("product", {"p1"}, "newer"); };
    CHECK(w.audit() == audit_outcome::changing);
    CHECK(w.from.loads == 2);
    CHECK(w.stale("l2") == 0);
}

TEST_CASE("what no request would be served is not audited") {
    world w;
    entry_parts other_version = world::made("old");
    other_version.tag_versions = {"a0"};
    w.put_l2(other_version);
    w.put_l1(world::made("old"));
    w.node.trust_until(steady_clock::now() - seconds{1});
    CHECK(w.audit() == audit_outcome::absent);
    entry_parts expired = world::made("old", seconds{120});
    w.put_l2(expired);
    CHECK(w.audit() == audit_outcome::absent);
}

TEST_CASE("an audit is skipped while something is out of reach or busy") {
    world w;
    w.put_l2(world::made("old"));
    CHECK(w.audit("weir:v1:no:such:key") == audit_outcome::skipped);
    w.redis.fail(errc::unavailable);
    CHECK(w.audit() == audit_outcome::skipped);
    w.redis.fail(std::nullopt);
    w.is_busy = true;
    CHECK(w.audit() == audit_outcome::skipped);
    CHECK(w.from.loads == 0);
    w.is_busy = false;
    w.db.fail_loads(errc::unavailable);
    CHECK(w.audit() == audit_outcome::skipped);
    CHECK(w.stale("l2") == 0);
}

TEST_CASE("the auditor takes what was invalidated and counts what came of it") {
    world w;
    w.put_l2(world::made("old"));
    w.recent.sample({key}, unix_now() - seconds{1});
    w.from.after = [&] {
        if (w.from.loads == 2) w.watch.stop();
    };
    test::run(w.context, w.watch.run());
    CHECK(w.counted("weir_audits_total", "stale") == 1);
    CHECK(w.counted("weir_audits_total", "fresh") == 0);
}

TEST_CASE("of what is stale the key is invalidated each time and the resource once in a while") {
    world w;
    w.put_l2(world::made("old"));
    REQUIRE(w.audit() == audit_outcome::stale);
    REQUIRE(w.audit() == audit_outcome::stale);
    REQUIRE(w.invalidated.size() == 2);
    CHECK(w.invalidated[0].keys == std::vector{key});
    CHECK(w.invalidated[0].tags == std::vector{tag});
    CHECK(w.invalidated[1].keys == std::vector{key});
    CHECK(w.invalidated[1].tags.empty());
}

TEST_CASE("what differs while an invalidation is owed is not counted") {
    world w;
    w.put_l2(world::made("old"));
    w.is_owed = true;
    CHECK(w.audit() == audit_outcome::changing);
    CHECK(w.invalidated.empty());
    w.is_owed = false;
    CHECK(w.audit() == audit_outcome::stale);
}

TEST_CASE("an entry of another definition is no entry") {
    world w;
    entry_parts other = world::made("old");
    other.definition = 7;
    w.put_l2(other);
    CHECK(w.audit() == audit_outcome::absent);
}

TEST_CASE("a resident entry that was loaded a moment ago is not compared") {
    world w;
    w.put_l1(world::made("old"));
    CHECK(w.audit_resident() == audit_outcome::absent);
    CHECK(w.from.loads == 0);
}

TEST_CASE("a resident entry of L1 that no invalidation named is found stale") {
    world w;
    CHECK(w.audit_resident() == std::nullopt);
    w.put_l1(world::made("new", seconds{2}));
    CHECK(w.audit_resident() == audit_outcome::fresh);
    w.db.put("product", {"p1"}, "newer");
    CHECK(w.audit_resident() == audit_outcome::stale);
    CHECK(w.stale("l1") == 1);
    CHECK(w.invalidated.size() == 1);
}

TEST_CASE("a resident entry of L2 that a flight has read is found stale without an L1") {
    world w;
    w.put_l2(world::made("old", seconds{2}));
    CHECK(w.audit_resident() == std::nullopt);
    w.samples.note(w.declared.resources[0], {"p1"});
    CHECK(w.audit_resident() == audit_outcome::stale);
    CHECK(w.stale("l2") == 1);
}

TEST_CASE("a resident entry that lives by its TTL alone is not compared") {
    world w;
    w.declared.changes.clear();
    w.put_l1(world::made("old", seconds{2}));
    CHECK(w.audit_resident() == std::nullopt);
    CHECK(read_samples{w.declared}.pick() == std::nullopt);
    CHECK(w.from.loads == 0);
}

TEST_CASE("an entry of a resource that may differ by declaration is not compared") {
    const bool is_volatile = GENERATE(false, true);
    world w;
    auto& cached = *w.declared.resources[0].cached;
    if (is_volatile) cached.volatile_reason = "the day";
    if (!is_volatile) cached.unwatched.push_back({"rates", "fixed for a year"});
    w.put_l1(world::made("old", seconds{2}));
    CHECK(w.audit_resident() == std::nullopt);
    CHECK(read_samples{w.declared}.pick() == std::nullopt);
    CHECK(w.audit() == audit_outcome::skipped);
}

TEST_CASE("resident entries are audited without any invalidation and counted apart") {
    world w;
    w.put_l2(world::made("old", seconds{2}));
    w.samples.note(w.declared.resources[0], {"p1"});
    w.from.after = [&] {
        if (w.from.loads == 2) w.watch.stop();
    };
    test::run(w.context, w.watch.run());
    CHECK(w.counted("weir_audits_total", "stale") == 1);
    CHECK(w.stale("l2") == 1);
}

TEST_CASE("of the reads one a while is kept and each resource has its turn") {
    const policy declared = test::shop_policy();
    read_samples often{declared, milliseconds{0}};
    for (int i = 0; i < 1000; ++i) often.note(declared.resources[0], {"p" + std::to_string(i)});
    often.note(declared.resources[1], {"en"});
    often.note(declared.resources[2], {"private"});
    int lists = 0;
    for (int i = 0; i < 10; ++i) {
        const auto picked = often.pick();
        REQUIRE(picked);
        if (picked->resource == "products") ++lists;
    }
    CHECK(lists == 5);
    read_samples seldom{declared, seconds{60}};
    seldom.note(declared.resources[0], {"p1"});
    for (int i = 2; i < 100; ++i) seldom.note(declared.resources[0], {"p" + std::to_string(i)});
    for (int i = 0; i < 20; ++i) CHECK(seldom.pick()->values == std::vector<std::string>{"p1"});
}

TEST_CASE("of the keys invalidated a few are kept for the auditor") {
    constexpr unix_ms start{seconds{1'700'000'000}};
    recent_invalidations recent;
    for (int ms = 0; ms < 60'000; ++ms) {
        recent.sample({"at" + std::to_string(ms)}, start + milliseconds{ms});
    }
    const unix_ms end = start + milliseconds{60'000};
    const auto taken = recent.take_sampled(end - seconds{5}, end - milliseconds{500});
    CHECK(taken == "at59500");
    CHECK_FALSE(recent.take_sampled(end - seconds{5}, end - milliseconds{500}).has_value());
    CHECK(recent.take_sampled(end - seconds{5}, end) == "at59950");
}

TEST_CASE("a key invalidated too long ago is not taken") {
    constexpr unix_ms start{seconds{1'700'000'000}};
    recent_invalidations recent;
    recent.sample({"old"}, start);
    CHECK_FALSE(recent.take_sampled(start + seconds{1}, start + seconds{2}).has_value());
    recent.sample({}, start);
    CHECK_FALSE(recent.take_sampled(start - seconds{1}, start + seconds{2}).has_value());
}

}  // namespace

}  // namespace weir::auditor_test
