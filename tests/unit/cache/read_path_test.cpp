#include "weir/cache/read_path.hpp"

#include "weir/async/task.hpp"
#include "weir/cache/bus.hpp"

#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_l2.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"

#include <prometheus/registry.h>

#include <algorithm>

namespace weir {
namespace {

using source = provenance::source;

// Two nodes' worth of read paths can be made on one of these: they share the L2 and the database, not the
// flights.
struct world {
    policy declared = test::shop_policy();
    prometheus::Registry registry;
    read_metrics counts{registry, declared};
    fake::l2 shared_l2;
    fake::database db;
    boost::asio::io_context context;

    const resource& item() const { return declared.resources[0]; }
    const resource& list() const { return declared.resources[1]; }
    const resource& profile() const { return declared.resources[2]; }
};

struct node {
    explicit node(world& w, read_options options = {.lease_wait = milliseconds{200}},
                  double absences_per_second = 100)
        : l2(w.shared_l2),
          from(w.db),
          absences(absences_per_second),
          tiers{in_flight, heard, &first, absences, w.counts, head_of},
          path(w.context.get_executor(), w.declared, options, tiers, &l2, from) {}

    static std::string head_of(const resource&, const entry& e) { return "ETag: " + e.etag + "\r\n"; }

    coherence heard;  // off the bus unless a test says otherwise
    l1 first{{}, heard};
    flights in_flight{heard};
    fake::l2_store l2;
    fake::loader from;
    absence_budget absences;
    read_tiers tiers;
    read_path path;
};

struct trusted_node : node {
    explicit trusted_node(world& w) : node(w) { heard.trust_until(steady_clock::now() + seconds{60}); }
};

using tier = provenance::tier;

const std::vector<std::string> p1{"p1"};
const std::vector<std::string> no_names;

awaitable<result<answer>> get(node& n, const resource& what, std::vector<std::string> values = p1) {
    co_return co_await n.path.get(what, std::move(values), deadline::in(seconds{10}));
}

result<answer> get_now(world& w, node& n, const resource& what, std::vector<std::string> values = p1) {
    return test::run(w.context, get(n, what, std::move(values)));
}

awaitable<void> get_into(node& n, const resource& what, std::vector<answer>& answers) {
    auto got = co_await get(n, what);
    answers.push_back(got.value());
}

TEST_CASE("the first load is stored and the second request is a hit") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"id":"p1"})");
    const auto first = get_now(w, n, w.item()).value();
    CHECK(first.how.from == source::miss);
    CHECK(first.how.is_stored);
    CHECK(first.content->body == R"({"id":"p1"})");
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.from == source::hit);
    CHECK(second.how.where == provenance::tier::l2);
    CHECK(second.content->body == first.content->body);
    CHECK(second.content->etag == first.content->etag);
    CHECK(second.content->hard_expiry == first.content->hard_expiry);
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
        const auto taken = co_await one.l2.take_lease(key, stranger, seconds{60}, deadline::in(seconds{1}));
        REQUIRE(taken.value().what == lease_reply::outcome::granted);
    }(n));
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::miss);
    CHECK_FALSE(got.how.is_stored);
    CHECK(w.db.loads() == 1);
    CHECK(w.counts.of(w.item()).fallbacks->Value() == 1);
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
        while (world.counts.of(world.item()).lease_waits->Value() < 1 && !until.passed()) {
            co_await sleep_for(milliseconds{1});
        }
        for (int i = 0; i < 20; ++i) {
            start(executor, "late", get_into(one, world.item(), out));
            co_await sleep_for(milliseconds{2});
        }
    }(w, n, answers));
    CHECK(answers.size() == 21);
    // One flight waits out the holder; those that came just as it looked at the lease share one more.
    CHECK(w.counts.of(w.item()).fallbacks->Value() <= 2);
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
    CHECK(w.counts.of(w.item()).fills_refused->Value() == 1);
    CHECK(get_now(w, n, w.item()).value().content->body == R"({"v":2})");
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
    CHECK(late[0].content->body == R"({"v":2})");
}

TEST_CASE("an absence is stored with its own ttl and answered without a load") {
    world w;
    node n{w};
    const auto first = get_now(w, n, w.item()).value();
    CHECK(first.content->kind == entry_kind::absence);
    CHECK(first.how.is_stored);
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.from == source::hit);
    CHECK(second.content->kind == entry_kind::absence);
    CHECK(second.content->hard_expiry - second.content->load_start <= w.item().ttl.negative_ttl * 11 / 10);
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
    CHECK(got.content->kind == entry_kind::value);
    CHECK(got.how.is_stored);  // so the lease of the failed load was given back
    CHECK(steady_clock::now() - begun < milliseconds{150});
}

TEST_CASE("past their budget absences are answered but not stored") {
    world w;
    node n{w, {}, 3};
    int stored = 0;
    for (int i = 0; i < 10; ++i) {
        const auto got = get_now(w, n, w.item(), {"random" + std::to_string(i)}).value();
        CHECK(got.content->kind == entry_kind::absence);
        if (got.how.is_stored) ++stored;
    }
    CHECK(stored >= 3);
    CHECK(stored <= 4);
}

TEST_CASE("empty lists share the budget of the absences") {
    world w;
    node n{w, {}, 1};
    int stored = 0;
    for (int i = 0; i < 5; ++i) {
        const std::string locale = "random" + std::to_string(i);
        w.db.put("products", {locale}, "[]");
        const auto got = get_now(w, n, w.list(), {locale}).value();
        CHECK(got.content->body == "[]");
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
    CHECK(w.counts.of(w.item()).corrupt->Value() == 1);
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
    CHECK(got.content->body == "{}");
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
        const auto life = got.content->hard_expiry - got.content->load_start;
        CHECK(life >= w.item().ttl.ttl);
        CHECK(life <= w.item().ttl.ttl + w.item().ttl.jitter);
    }
}

TEST_CASE("while the node is on the bus an answer is kept in L1 and the next request asks nobody") {
    world w;
    trusted_node n{w};
    w.db.put("product", p1, R"({"id":"p1"})");
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
    const auto calls = w.shared_l2.calls();
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.where == tier::l1);
    CHECK(second.content->body == R"({"id":"p1"})");
    CHECK(second.content->head == "ETag: " + second.content->etag + "\r\n");
    CHECK(w.shared_l2.calls() == calls);
}

TEST_CASE("what another node stored is kept in L1 at the first hit, for what is left of its life") {
    world w;
    node other{w};
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    const auto stored = get_now(w, other, w.item()).value();
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
    const auto kept = get_now(w, n, w.item()).value();
    CHECK(kept.how.where == tier::l1);
    CHECK(kept.content->hard_expiry == stored.content->hard_expiry);
}

TEST_CASE("off the bus nothing is kept in L1 and nothing is served from it") {
    world w;
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    get_now(w, n, w.item()).value();
    n.heard.distrust();
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
}

// PITFALLS 1 and 5
TEST_CASE("what was read before an invalidation is not kept in L1 after it") {
    world w;
    trusted_node n{w};
    const bool is_tag = GENERATE(false, true);
    w.db.put("product", p1, R"({"v":1})");
    w.db.hold_loads(fake::hold::after_reading);
    std::vector<answer> answers;
    test::run(w.context,
              [](world& world, node& one, std::vector<answer>& out, bool by_tag) -> awaitable<void> {
                  start(world.context.get_executor(), "reader", get_into(one, world.item(), out));
                  const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
                  REQUIRE(has_read);
                  const std::vector<std::string> keys{test::item_key};
                  const std::vector<std::string> tags{"weir:v1:all:product"};
                  // Heard on the bus, though by some fault L2 kept the lease: the epoch alone must do.
                  forget_here(one.heard, &one.first, by_tag ? no_names : keys, by_tag ? tags : no_names);
                  world.db.release_loads();
              }(w, n, answers, is_tag));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].how.is_stored);
    CHECK(n.first.stats().entries == 0);
}

TEST_CASE("an entry is no longer valid once one of its tags has another version") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"v":1})");
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
    w.db.put("product", p1, R"({"v":2})");
    test::run(w.context, [](node& one) -> awaitable<void> {
        const std::vector<std::string> tags{"weir:v1:all:product"};
        const auto replaced = co_await one.l2.invalidate(no_names, tags, deadline::in(seconds{1}));
        REQUIRE(replaced.has_value());
    }(n));
    const auto after = get_now(w, n, w.item()).value();
    CHECK(after.content->body == R"({"v":2})");
    CHECK(after.how.is_stored);
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
}

TEST_CASE("a value that was loaded before its tag was invalidated is never valid afterwards") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"v":1})");
    w.db.hold_loads(fake::hold::after_reading);
    std::vector<answer> answers;
    test::run(w.context, [](world& world, node& one, std::vector<answer>& out) -> awaitable<void> {
        start(world.context.get_executor(), "reader", get_into(one, world.item(), out));
        const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(has_read);
        world.db.put("product", p1, R"({"v":2})");
        const std::vector<std::string> tags{"weir:v1:all:product"};
        const auto replaced = co_await one.l2.invalidate(no_names, tags, deadline::in(seconds{1}));
        REQUIRE(replaced.has_value());
        world.db.release_loads();
    }(w, n, answers));
    CHECK(get_now(w, n, w.item()).value().content->body == R"({"v":2})");
}

TEST_CASE(
    "while the node is on the bus requests join a load under way, and after an invalidation they do not") {
    world w;
    trusted_node n{w};
    w.db.put("product", p1, R"({"v":1})");
    w.db.hold_loads(fake::hold::after_reading);
    std::vector<answer> before;
    std::vector<answer> after;
    test::run(w.context,
              [](world& world, node& one, std::vector<answer>& early,
                 std::vector<answer>& late) -> awaitable<void> {
                  const auto executor = world.context.get_executor();
                  start(executor, "pilot", get_into(one, world.item(), early));
                  const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
                  REQUIRE(has_read);
                  start(executor, "passenger", get_into(one, world.item(), early));
                  co_await sleep_for(milliseconds{1});
                  CHECK(world.counts.of(world.item()).joins->Value() == 1);
                  world.db.put("product", p1, R"({"v":2})");
                  const std::vector<std::string> keys{test::item_key};
                  const auto deleted = co_await one.l2.invalidate(keys, no_names, deadline::in(seconds{1}));
                  REQUIRE(deleted.has_value());
                  forget_here(one.heard, &one.first, keys, no_names);  // acknowledged
                  start(executor, "late", get_into(one, world.item(), late));
                  world.db.release_loads();
              }(w, n, before, after));
    REQUIRE(before.size() == 2);
    CHECK(before[0].content == before[1].content);
    REQUIRE(after.size() == 1);
    CHECK(after[0].content->body == R"({"v":2})");
}

TEST_CASE("a single node without L2 keeps answers in L1 and forgets them when they are written") {
    world w;
    trusted_node n{w};
    read_path alone{w.context.get_executor(), w.declared, {}, n.tiers, nullptr, n.from};
    const auto get_alone = [&] {
        return test::run(w.context, alone.get(w.item(), p1, deadline::in(seconds{5}))).value();
    };
    w.db.put("product", p1, R"({"v":1})");
    CHECK(get_alone().how.is_stored);
    CHECK(get_alone().how.where == tier::l1);
    w.db.put("product", p1, R"({"v":2})");
    forget_here(n.heard, &n.first, {test::item_key}, {});
    CHECK(get_alone().content->body == R"({"v":2})");
    CHECK(w.shared_l2.calls() == 0);
}

TEST_CASE("a resource that L1 must not hold is answered from L2") {
    world w;
    w.declared.resources[0].l1_ttl = milliseconds{0};
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    get_now(w, n, w.item()).value();
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
}

}  // namespace
}  // namespace weir
