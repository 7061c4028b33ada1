// Answers that are refreshed behind: early, and while they are served stale. Never one that was written over.
#include "stale_world.hpp"

namespace weir::refresh_test {
namespace {

using namespace test;

TEST_CASE("a stale answer is given at once and refreshed behind it") {
    stale_world w;
    trusted_node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.hold_loads();
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        for (int i = 0; i < 50; ++i) {
            const auto got = co_await get(one, world.item());
            REQUIRE(got.value().how.from == source::stale);
            REQUIRE(got.value().content->body() == old_body);
            REQUIRE_FALSE(got.value().how.is_load_failed);
        }
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        CHECK(world.db.loads() == 1);
        world.db.release_loads();
        co_await until_complete(one);
        const auto after = co_await get(one, world.item());
        CHECK(after.value().how.from == source::hit);
        CHECK(after.value().how.where == tier::l1);
        CHECK(after.value().content->body() == new_body);
    }(w, n));
    CHECK(w.db.loads() == 1);
    CHECK(w.refreshes(refreshed::stored) == 1);
    CHECK(decode(*w.shared_l2.value(item_key)).value().body() == new_body);
}

TEST_CASE("off the bus a stale answer comes from L2 and its refresh holds up nobody") {
    stale_world w;
    node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.hold_loads();
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        for (int i = 0; i < 10; ++i) {
            const auto got = co_await get(one, world.item());
            REQUIRE(got.value().how.from == source::stale);
        }
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        const auto meanwhile = co_await get(one, world.item());
        CHECK(meanwhile.value().how.from == source::stale);
        world.db.release_loads();
        co_await until_complete(one);
    }(w, n));
    CHECK(w.db.loads() == 1);
    CHECK(get_now(w, n, w.item()).value().content->body() == new_body);
}

TEST_CASE("what is due is refreshed before its TTL runs out and was a hit for who asked") {
    stale_world w;
    const bool is_on_bus = GENERATE(true, false);
    node n{w, brisk};
    if (is_on_bus) n.coherence.trust_always();
    put_aged(w, n, seconds{590}, dear);
    const auto got = get_now(w, n, w.item()).value();  // runs until the refresh has landed
    CHECK(got.how.from == source::hit);
    CHECK(got.content->body() == old_body);
    CHECK(w.db.loads() == 1);
    const auto after = get_now(w, n, w.item()).value();
    CHECK(after.how.from == source::hit);
    CHECK(after.content->body() == new_body);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("without early refresh nothing is loaded before the TTL has run out") {
    stale_world w;
    w.ttl().early_refresh = 0;
    trusted_node n{w, brisk};
    put_aged(w, n, seconds{590}, dear);
    for (int i = 0; i < 5; ++i) CHECK(get_now(w, n, w.item()).value().how.from == source::hit);
    CHECK(w.db.loads() == 0);
}

TEST_CASE("without a window what is past its TTL is loaded before it is answered") {
    stale_world w;
    w.ttl().stale_while_revalidate = w.ttl().stale_if_error = milliseconds{0};
    trusted_node n{w, brisk};
    put_aged(w, n, seconds{599});
    w.ttl().ttl = seconds{600};
    put_aged(w, n, seconds{601});
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::miss);
    CHECK(got.content->body() == new_body);
}

// PITFALLS 14 and 15
TEST_CASE("two nodes with a stale key load it once and both have what was loaded") {
    stale_world w;
    trusted_node one{w, brisk};
    trusted_node two{w, brisk};
    put_aged(w, one, just_stale);
    w.db.hold_loads();
    run(w.context, [](stale_world& world, node& first, node& second) -> awaitable<void> {
        for (node* n : {&first, &second}) {
            const auto got = co_await get(*n, world.item());
            REQUIRE(got.value().how.from == source::stale);
        }
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        co_await sleep_for(milliseconds{10});
        CHECK(world.db.loads() == 1);
        world.db.release_loads();
        co_await until_complete(first);
        co_await until_complete(second);
        for (node* n : {&first, &second}) {
            const auto after = co_await get(*n, world.item());
            CHECK(after.value().how.where == tier::l1);
            CHECK(after.value().content->body() == new_body);
        }
    }(w, one, two));
    CHECK(w.db.loads() == 1);
    CHECK(w.refreshes(refreshed::stored) == 1);
    CHECK(w.refreshes(refreshed::elsewhere) == 1);
}

TEST_CASE("a refresh looks at L2 first and loads nothing when another node has been there") {
    stale_world w;
    trusted_node one{w, brisk};
    trusted_node two{w, brisk};
    put_aged(w, one, seconds{590}, dear);
    w.ttl().early_refresh = 0;
    CHECK(get_now(w, two, w.item()).value().content->body() == old_body);  // in the L1 of two
    w.ttl().early_refresh = eager;
    CHECK(get_now(w, one, w.item()).value().content->body() == old_body);
    REQUIRE(w.db.loads() == 1);
    const auto got = get_now(w, two, w.item()).value();
    CHECK(got.how.where == tier::l1);
    CHECK(got.content->body() == old_body);
    CHECK(w.db.loads() == 1);
    CHECK(w.refreshes(refreshed::elsewhere) == 1);
    CHECK(get_now(w, two, w.item()).value().content->body() == new_body);
}

TEST_CASE("a miss while the key is refreshed waits for that load and does not begin another") {
    stale_world w;
    node one{w, brisk};
    node two{w, brisk};
    put_aged(w, one, just_stale);
    w.db.hold_loads();
    std::vector<answer> answers;
    run(w.context,
        [](stale_world& world, node& first, node& second, std::vector<answer>& out) -> awaitable<void> {
            co_await get(first, world.item());
            const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
            REQUIRE(is_loading);
            world.shared_l2.evict(item_key);
            start(world.context.get_executor(), "same node", get_into(first, world.item(), out));
            start(world.context.get_executor(), "another", get_into(second, world.item(), out));
            co_await sleep_for(milliseconds{10});
            world.db.release_loads();
        }(w, one, two, answers));
    CHECK(w.db.loads() == 1);
    REQUIRE(answers.size() == 2);
    for (const auto& got : answers) CHECK(got.content->body() == new_body);
}

// PITFALLS 1: the guarantee.
TEST_CASE("what a refresh read before a write is neither stored nor kept after it") {
    stale_world w;
    trusted_node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.hold_loads(fake::hold::after_reading);
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        co_await get(one, world.item());
        const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(has_read);
        co_await write_over(world, one, R"({"v":"written"})");
        world.db.release_loads();
        co_await until_complete(one);
        const auto after = co_await get(one, world.item());
        CHECK(after.value().how.from == source::miss);
        CHECK(after.value().content->body() == R"({"v":"written"})");
    }(w, n));
    CHECK(w.refreshes(refreshed::refused) == 1);
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":"written"})");
}

TEST_CASE("what a refresh found in L2 before a write is not kept in L1 after it") {
    stale_world w;
    trusted_node n{w, brisk};
    put_aged(w, n, seconds{590}, dear);
    w.ttl().early_refresh = 0;
    get_now(w, n, w.item()).value();  // in L1
    w.ttl().early_refresh = eager;
    put_aged(w, n, seconds{400});  // what another node's refresh stored
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        world.shared_l2.hold(fake::l2_call::get, fake::l2_hold::after_acting);
        co_await get(one, world.item());
        const bool has_looked =
            co_await world.shared_l2.until_held(fake::l2_call::get, 1, deadline::in(seconds{5}));
        REQUIRE(has_looked);
        co_await write_over(world, one, R"({"v":"written"})");
        world.shared_l2.release(fake::l2_call::get);
        co_await until_complete(one);
    }(w, n));
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":"written"})");
}

TEST_CASE("a write ends a stale answer at once whatever its windows and though it cannot be loaded") {
    stale_world w;
    trusted_node n{w, brisk};
    const auto age = GENERATE(just_stale, long_stale);
    put_aged(w, n, age);
    w.db.fail_loads(errc::unavailable);
    REQUIRE(get_now(w, n, w.item()).value().content->body() == old_body);
    run(w.context, write_over(w, n, new_body));
    CHECK(get_now(w, n, w.item()).error() == errc::unavailable);
    w.db.fail_loads(std::nullopt);
    CHECK(get_now(w, n, w.item()).value().content->body() == new_body);
}

TEST_CASE("a tag's new version ends a stale answer at once") {
    stale_world w;
    node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.fail_loads(errc::unavailable);
    REQUIRE(get_now(w, n, w.item()).value().content->body() == old_body);
    const auto replaced = run(w.context, n.l2.invalidate(no_names, tags_of_item, deadline::in(seconds{1})));
    REQUIRE(replaced.has_value());
    CHECK(get_now(w, n, w.item()).error() == errc::unavailable);
}

TEST_CASE("a write while a load is under way leaves nothing that could stand in for its failure") {
    stale_world w;
    trusted_node n{w, brisk};
    put_aged(w, n, long_stale);
    w.db.hold_loads(fake::hold::before_reading);
    std::vector<error_code> failures;
    run(w.context, [](stale_world& world, node& one, std::vector<error_code>& out) -> awaitable<void> {
        const auto get_error = [](node& from, resource_ptr what,
                                  std::vector<error_code>& into) -> awaitable<void> {
            const auto got = co_await get(from, what);
            into.push_back(got ? error_code{} : got.error());
        };
        start(world.context.get_executor(), "get", get_error(one, world.item(), out));
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        co_await write_over(world, one, new_body);
        world.db.fail_loads(errc::unavailable);
        world.db.release_loads();
    }(w, n, failures));
    REQUIRE(failures.size() == 1);
    CHECK(failures[0] == errc::unavailable);
}

TEST_CASE("a refresh that failed is tried again after a pause and the old answer goes on meanwhile") {
    stale_world w;
    trusted_node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.fail_loads(errc::timeout);
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        const auto begun = steady_clock::now();
        while (world.refreshes(refreshed::failed) < 3 && steady_clock::now() - begun < seconds{5}) {
            const auto got = co_await get(one, world.item());
            REQUIRE(got.value().how.from == source::stale);
            co_await sleep_for(milliseconds{1});
        }
        CHECK(world.refreshes(refreshed::failed) == 3);
        CHECK(steady_clock::now() - begun >= 2 * brisk.refresh_pause);
        world.db.fail_loads(std::nullopt);
        co_await until_complete(one);
        co_await get(one, world.item());
        co_await until_complete(one);
        const auto after = co_await get(one, world.item());
        CHECK(after.value().content->body() == new_body);
    }(w, n));
    CHECK(w.db.loads() == 4);
}

TEST_CASE("a refresh loads though a request may not wait for another node's load") {
    stale_world w;
    trusted_node n{w, {.lease_wait = milliseconds{0}}};
    put_aged(w, n, just_stale);
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        const auto got = co_await get(one, world.item());
        CHECK(got.value().how.from == source::stale);
        co_await until_complete(one);
        CHECK(world.refreshes(refreshed::stored) == 1);
    }(w, n));
    CHECK(decode(*w.shared_l2.value(item_key)).value().body() == new_body);
}

TEST_CASE("a refresh that is stuck holds up neither who asks nor another node's misses for ever") {
    stale_world w;
    trusted_node n{w,
                   {.load_timeout = milliseconds{50},
                    .lease_wait = milliseconds{200},
                    .refresh_pause = milliseconds{10}}};
    put_aged(w, n, just_stale);
    w.db.hold_loads();
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        const auto until = deadline::in(seconds{5});
        while (world.refreshes(refreshed::failed) < 1 && !until.passed()) {
            const auto got = co_await get(one, world.item());
            REQUIRE(got.value().how.from == source::stale);
            co_await sleep_for(milliseconds{1});
        }
        world.db.release_loads();
        co_await until_complete(one);
        CHECK_FALSE(world.shared_l2.lease(item_key).has_value());
    }(w, n));
}

}  // namespace

}  // namespace weir::refresh_test
