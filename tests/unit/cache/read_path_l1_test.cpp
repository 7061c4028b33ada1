// The read path with L1 and tags: what is kept, and what must not be.
#include "read_path_world.hpp"

namespace weir::read_path_l1_test {
namespace {

using namespace test;

TEST_CASE("while the node is on the bus an answer is kept in L1 and the next request asks nobody") {
    world w;
    trusted_node n{w};
    w.db.put("product", p1, R"({"id":"p1"})");
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
    const auto calls = w.shared_l2.calls();
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.where == tier::l1);
    CHECK(second.content->body() == R"({"id":"p1"})");
    CHECK(second.content->head() == "ETag: " + std::string{second.content->etag()} + "\r\n");
    CHECK(w.shared_l2.calls() == calls);
}

TEST_CASE("what another node stored is kept in L1 at the first hit for what is left of its life") {
    world w;
    node other{w};
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    const auto stored = get_now(w, other, w.item()).value();
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
    const auto kept = get_now(w, n, w.item()).value();
    CHECK(kept.how.where == tier::l1);
    CHECK(kept.content->hard_expiry() == stored.content->hard_expiry());
}

TEST_CASE("what the source says of a body arrives from the load and from both tiers") {
    world w;
    node other{w};
    trusted_node n{w};
    w.db.put("product", p1, "data: 1\n\n");
    w.db.say_of_bodies("text/event-stream", seconds{20});
    const auto loaded = get_now(w, other, w.item()).value();
    const auto from_l2 = get_now(w, n, w.item()).value();
    const auto from_l1 = get_now(w, n, w.item()).value();
    CHECK(from_l2.how.where == tier::l2);
    CHECK(from_l1.how.where == tier::l1);
    for (const answer& got : {loaded, from_l2, from_l1}) {
        CHECK(got.content->content_type() == "text/event-stream");
        CHECK(got.content->body() == "data: 1\n\n");
        CHECK(got.content->soft_expiry() == got.content->load_start() + seconds{20});
    }
}

TEST_CASE("off the bus nothing is kept in L1 and nothing is served from it") {
    world w;
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    get_now(w, n, w.item()).value();
    n.coherence.distrust();
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
                  forget_locally(one.coherence, &one.l1, by_tag ? no_names : keys, by_tag ? tags : no_names);
                  world.db.release_loads();
              }(w, n, answers, is_tag));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].how.is_stored);
    CHECK(n.l1.stats().entries == 0);
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
    CHECK(after.content->body() == R"({"v":2})");
    CHECK(after.how.is_stored);
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
}

TEST_CASE("an entry without a version never matches a tag without one") {
    world w;
    node n{w};
    w.db.put("product", p1, R"({"v":2})");
    entry_parts forged;
    forged.load_start = unix_now();
    forged.soft_expiry = forged.hard_expiry = unix_now() + seconds{60};
    forged.etag = "forged";
    forged.text = R"({"v":1})";
    for (const bool is_empty_text : {false, true}) {
        forged.tag_versions = {""};
        w.shared_l2.put(test::item_key, encode(forged), seconds{60});
        if (is_empty_text) w.shared_l2.put("weir:v1:all:product", "", seconds{60});
        CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":2})");
        w.shared_l2.clear();
    }
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
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":2})");
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
                  start(executor, "waiter", get_into(one, world.item(), early));
                  co_await sleep_for(milliseconds{1});
                  CHECK(world.counts.of(*world.item()).joins->Value() == 1);
                  world.db.put("product", p1, R"({"v":2})");
                  const std::vector<std::string> keys{test::item_key};
                  const auto deleted = co_await one.l2.invalidate(keys, no_names, deadline::in(seconds{1}));
                  REQUIRE(deleted.has_value());
                  forget_locally(one.coherence, &one.l1, keys, no_names);  // acknowledged
                  start(executor, "late", get_into(one, world.item(), late));
                  world.db.release_loads();
              }(w, n, before, after));
    REQUIRE(before.size() == 2);
    CHECK(before[0].content == before[1].content);
    REQUIRE(after.size() == 1);
    CHECK(after[0].content->body() == R"({"v":2})");
}

TEST_CASE("a single node without L2 keeps answers in L1 and forgets them when they are written") {
    world w;
    trusted_node n{w};
    read_path alone{w.context.get_executor(), w.declared.key_head(), {}, n.tiers, nullptr, n.from};
    const auto get_alone = [&] {
        return test::run(w.context, alone.get(w.item(), p1, deadline::in(seconds{5}))).value();
    };
    w.db.put("product", p1, R"({"v":1})");
    CHECK(get_alone().how.is_stored);
    CHECK(get_alone().how.where == tier::l1);
    w.db.put("product", p1, R"({"v":2})");
    forget_locally(n.coherence, &n.l1, {test::item_key}, {});
    CHECK(get_alone().content->body() == R"({"v":2})");
    CHECK(w.shared_l2.calls() == 0);
}

TEST_CASE("a resource that L1 must not hold is answered from L2") {
    world w;
    w.declared.resources[0].cached->l1_ttl = milliseconds{0};
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    get_now(w, n, w.item()).value();
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
}

}  // namespace

}  // namespace weir::read_path_l1_test
