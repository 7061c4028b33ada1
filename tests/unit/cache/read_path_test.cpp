#include "read_path_world.hpp"

#include <algorithm>

namespace weir::read_path_test {
namespace {

using namespace test;

TEST_CASE("the first load is stored and the second request is a hit") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"id":"p1"})");
    const auto first = get_now(w, n, w.item()).value();
    CHECK(first.how.from == source::miss);
    CHECK(first.how.is_stored);
    CHECK(first.content->body() == R"({"id":"p1"})");
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.from == source::hit);
    CHECK(second.how.where == provenance::tier::l2);
    CHECK(second.content->body() == first.content->body());
    CHECK(second.content->etag() == first.content->etag());
    CHECK(second.content->hard_expiry() == first.content->hard_expiry());
    CHECK(w.db.loads() == 1);
}

TEST_CASE("concurrent misses of one process load once and all get the answer") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    std::vector<answer> answers;
    for (int i = 0; i < 100; ++i) start(w.context.get_executor(), "get", get_into(n, w.item(), answers));
    w.context.run();
    CHECK(answers.size() == 100);
    CHECK(w.db.loads() == 1);
    const auto loaded = [](const answer& a) { return a.how.from == source::miss && !a.how.is_collapsed; };
    CHECK(std::count_if(answers.begin(), answers.end(), loaded) == 1);
}

TEST_CASE("requests that come while the load runs wait for it and do not load") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    w.db.hold_loads();
    std::vector<answer> answers;
    test::run(w.context, [](world& world, node& one, std::vector<answer>& out) -> awaitable<void> {
        const auto executor = world.context.get_executor();
        start(executor, "first", get_into(one, world.item(), out));
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        for (int i = 0; i < 50; ++i) start(executor, "late", get_into(one, world.item(), out));
        world.db.release_loads();
    }(w, n, answers));
    CHECK(answers.size() == 51);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("concurrent misses of two processes load once and the other is answered from the fill") {
    world w;
    node one{w};
    node two{w};
    w.db.put("product", p1, "{}");
    std::vector<answer> answers;
    for (int i = 0; i < 50; ++i) {
        start(w.context.get_executor(), "one", get_into(one, w.item(), answers));
        start(w.context.get_executor(), "two", get_into(two, w.item(), answers));
    }
    w.context.run();
    CHECK(answers.size() == 100);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("when the wait for another holder runs out the answer is loaded and not stored") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    test::run(w.context, [](node& one) -> awaitable<void> {
        const std::string key = test::item_key;
        const std::string stranger = "somebody-else";
        const auto taken =
            co_await one.l2.take_lease(key, "", stranger, seconds{60}, deadline::in(seconds{1}));
        REQUIRE(taken.value().what == lease_reply::outcome::granted);
    }(n));
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::miss);
    CHECK_FALSE(got.how.is_stored);
    CHECK(w.db.loads() == 1);
    CHECK(w.counts.of(*w.item()).fallbacks->Value() == 1);
    CHECK_FALSE(w.shared_l2.value(test::item_key).has_value());
}

TEST_CASE(
    "requests that come while a dead holder has the lease wait once and not for one flight after the other") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    w.shared_l2.put_lease(test::item_key, "a-node-that-died", seconds{60});
    std::vector<answer> answers;
    test::run(w.context, [](world& world, node& one, std::vector<answer>& out) -> awaitable<void> {
        const auto executor = world.context.get_executor();
        start(executor, "first", get_into(one, world.item(), out));
        const auto until = deadline::in(seconds{5});
        while (world.counts.of(*world.item()).lease_waits->Value() < 1 && !until.passed()) {
            co_await sleep_for(milliseconds{1});
        }
        for (int i = 0; i < 20; ++i) {
            start(executor, "late", get_into(one, world.item(), out));
            co_await sleep_for(milliseconds{2});
        }
    }(w, n, answers));
    CHECK(answers.size() == 21);
    // One flight waits out the holder; those that came just as it looked at the lease share one more.
    CHECK(w.counts.of(*w.item()).fallbacks->Value() <= 2);
}

TEST_CASE("a fill that L2 refuses gives the lease back at once") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    w.shared_l2.fail(fake::l2_call::fill, errc::rejected);
    const auto got = get_now(w, n, w.item()).value();
    CHECK_FALSE(got.how.is_stored);
    CHECK_FALSE(w.shared_l2.lease(test::item_key).has_value());
}

TEST_CASE("a lease of which nothing was heard is given back and holds nobody up") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    const auto lost = GENERATE(fake::l2_call::take_lease, fake::l2_call::fill);
    if (lost == fake::l2_call::fill) {
        w.shared_l2.fail(lost, errc::timeout);
    } else {
        w.shared_l2.lose_answers(lost, true);
    }
    CHECK_FALSE(get_now(w, n, w.item()).value().how.is_stored);
    w.shared_l2.fail(std::nullopt);
    w.shared_l2.lose_answers(lost, false);
    w.context.restart();
    w.context.run();
    CHECK_FALSE(w.shared_l2.lease(test::item_key).has_value());
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
    CHECK(w.counts.of(*w.item()).lease_waits->Value() == 0);
}

TEST_CASE("a value read before a write is never stored after it") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"v":1})");
    w.db.hold_loads(fake::hold::after_reading);
    std::vector<answer> answers;
    test::run(w.context, [](world& world, node& one, std::vector<answer>& out) -> awaitable<void> {
        start(world.context.get_executor(), "reader", get_into(one, world.item(), out));
        const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(has_read);
        world.db.put("product", p1, R"({"v":2})");  // commits
        const std::vector<std::string> keys{test::item_key};
        const auto deleted = co_await one.l2.invalidate(keys, no_names, deadline::in(seconds{1}));
        REQUIRE(deleted.has_value());  // acknowledged
        world.db.release_loads();
    }(w, n, answers));
    REQUIRE(answers.size() == 1);
    CHECK_FALSE(answers[0].how.is_stored);
    CHECK(w.counts.of(*w.item()).fills_refused->Value() == 1);
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":2})");
}

TEST_CASE(
    "a request that arrives after an acknowledged write never gets the answer of a flight that began before "
    "it") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"v":1})");
    w.db.hold_loads(fake::hold::after_reading);
    std::vector<answer> early;
    std::vector<answer> late;
    test::run(w.context,
              [](world& world, node& one, std::vector<answer>& before,
                 std::vector<answer>& after) -> awaitable<void> {
                  const auto executor = world.context.get_executor();
                  start(executor, "early", get_into(one, world.item(), before));
                  const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
                  REQUIRE(has_read);
                  world.db.put("product", p1, R"({"v":2})");
                  const std::vector<std::string> keys{test::item_key};
                  const auto deleted = co_await one.l2.invalidate(keys, no_names, deadline::in(seconds{1}));
                  REQUIRE(deleted.has_value());
                  start(executor, "late", get_into(one, world.item(), after));
                  world.db.release_loads();
              }(w, n, early, late));
    REQUIRE(early.size() == 1);
    REQUIRE(late.size() == 1);
    CHECK(late[0].content->body() == R"({"v":2})");
}

TEST_CASE("an absence is stored with its own ttl and answered without a load") {
    world w;
    node n{w};
    const auto first = get_now(w, n, w.item()).value();
    CHECK(first.content->kind() == entry_kind::absence);
    CHECK(first.how.is_stored);
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.from == source::hit);
    CHECK(second.content->kind() == entry_kind::absence);
    CHECK(second.content->hard_expiry() - second.content->load_start() <=
          w.item()->cached->ttl.negative_ttl * 11 / 10);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("an error of the loader is never an absence and the next request loads again at once") {
    world w;
    node n{w};
    w.db.fail_loads(errc::timeout);
    CHECK(get_now(w, n, w.item()).error() == errc::timeout);
    CHECK_FALSE(w.shared_l2.value(test::item_key).has_value());
    w.db.fail_loads(std::nullopt);
    w.db.put("product", p1, "{}");
    const auto begun = steady_clock::now();
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.content->kind() == entry_kind::value);
    CHECK(got.how.is_stored);  // so the lease of the failed load was given back
    CHECK(steady_clock::now() - begun < milliseconds{150});
}

TEST_CASE("past their budget absences are answered but not stored") {
    world w;
    node n{w, {}, 3};
    int stored = 0;
    for (int i = 0; i < 10; ++i) {
        const auto got = get_now(w, n, w.item(), {"random" + std::to_string(i)}).value();
        CHECK(got.content->kind() == entry_kind::absence);
        if (got.how.is_stored) ++stored;
    }
    CHECK(stored >= 3);
    CHECK(stored <= 4);
}

TEST_CASE("empty lists and pages share the budget of the absences") {
    const std::string nothing = GENERATE("[]", R"({"items":[],"next":null})");
    world w;
    node n{w, {}, 1};
    int stored = 0;
    for (int i = 0; i < 5; ++i) {
        const std::string locale = "random" + std::to_string(i);
        w.db.put("products", {locale}, nothing);
        const auto got = get_now(w, n, w.list(), {locale}).value();
        CHECK(got.content->body() == nothing);
        if (got.how.is_stored) ++stored;
    }
    CHECK(stored >= 1);
    CHECK(stored <= 2);
}

TEST_CASE("a corrupt value is a miss and is replaced") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    w.shared_l2.put(test::item_key, "{\"not\": \"an entry\"}", seconds{600});
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::miss);
    CHECK(got.how.is_stored);
    CHECK(w.counts.of(*w.item()).corrupt->Value() == 1);
    CHECK(get_now(w, n, w.item()).value().how.from == source::hit);
}

TEST_CASE("while L2 is away requests are answered from the loader and nothing is stored") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    w.shared_l2.fail(errc::unavailable);
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.is_l2_down);
    CHECK_FALSE(got.how.is_stored);
    CHECK(got.content->body() == "{}");
    w.shared_l2.fail(std::nullopt);
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
}

TEST_CASE("with the loader refusing and L2 away the error says so and later requests are not stuck") {
    world w;
    node n{w};
    w.shared_l2.fail(errc::unavailable);
    w.db.fail_loads(errc::overloaded);
    CHECK(get_now(w, n, w.item()).error() == errc::overloaded);
    CHECK(get_now(w, n, w.item()).error() == errc::overloaded);
    CHECK(n.in_flight.size() == 0);
}

TEST_CASE("a hit is served while the database is away") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    REQUIRE(get_now(w, n, w.item()).has_value());
    w.db.fail_loads(errc::unavailable);
    CHECK(get_now(w, n, w.item()).value().how.from == source::hit);
}

TEST_CASE("a caller whose time is up leaves and the flight still stores for the others") {
    world w;
    node n{w};
    w.db.put("product", p1, "{}");
    w.db.hold_loads();
    test::run(w.context, [](world& world, node& one) -> awaitable<void> {
        const auto impatient = co_await one.path.get(world.item(), p1, deadline::in(milliseconds{5}));
        CHECK(impatient.error() == errc::timeout);
        world.db.release_loads();
    }(w, n));
    CHECK(get_now(w, n, w.item()).value().how.from == source::hit);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("a private resource is loaded for each request and never stored") {
    world w;
    node n{w};
    w.db.put("profile", p1, "{}");
    CHECK(get_now(w, n, w.profile()).value().how.from == source::bypass);
    CHECK(get_now(w, n, w.profile()).value().how.from == source::bypass);
    CHECK(w.db.loads() == 2);
    CHECK(w.shared_l2.calls() == 0);
}

TEST_CASE("the stored life of an entry lies between ttl and ttl plus jitter") {
    world w;
    node n{w};
    for (int i = 0; i < 50; ++i) {
        const std::string id = "p" + std::to_string(i);
        w.db.put("product", {id}, "{}");
        const auto got = get_now(w, n, w.item(), {id}).value();
        const auto life = got.content->hard_expiry() - got.content->load_start();
        CHECK(life >= w.item()->cached->ttl.ttl);
        CHECK(life <= w.item()->cached->ttl.ttl + w.item()->cached->ttl.jitter);
    }
}

}  // namespace

}  // namespace weir::read_path_test
