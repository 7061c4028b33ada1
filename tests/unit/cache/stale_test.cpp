// Stale answers instead of errors, what ends them, and a single node's.
#include "stale_world.hpp"

namespace weir::stale_test {
namespace {

using namespace test;

TEST_CASE("when the load fails an old answer stands in for the error inside its window") {
    stale_world w;
    node n{w, brisk};
    w.db.fail_loads(errc::unavailable);
    put_aged(w, n, long_stale);
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::stale);
    CHECK(got.how.is_load_failed);
    CHECK(got.content->body() == old_body);
    put_aged(w, n, too_old);
    CHECK(get_now(w, n, w.item()).error() == errc::unavailable);
    put_aged(w, n, long_stale);
    w.ttl().stale_if_error = milliseconds{0};
    CHECK(get_now(w, n, w.item()).error() == errc::unavailable);
    w.db.fail_loads(std::nullopt);
    CHECK(get_now(w, n, w.item()).value().content->body() == new_body);
}

TEST_CASE("an old answer stands in for a load elsewhere that does not end") {
    stale_world w;
    node n{w, brisk};
    put_aged(w, n, long_stale);
    w.shared_l2.put_lease(item_key, "somebody-else", seconds{60});
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::stale);
    CHECK(got.how.is_load_failed);
    CHECK(w.db.loads() == 0);
}

TEST_CASE("a row that a refresh finds gone is no longer served from any tier") {
    stale_world w;
    w.ttl().negative_ttl = GENERATE(milliseconds{0}, milliseconds{seconds{30}});
    trusted_node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.remove("product", p1);
    CHECK(get_now(w, n, w.item()).value().content->body() == old_body);
    CHECK(get_now(w, n, w.item()).value().content->kind() == entry_kind::absence);
    w.db.fail_loads(errc::unavailable);
    const auto got = get_now(w, n, w.item());
    CHECK((!got || got.value().content->kind() == entry_kind::absence));
}

TEST_CASE("in L1 an old answer stays no longer than L1 keeps anything") {
    stale_world w;
    w.declared.resources[0].cached->l1_ttl = milliseconds{1};
    trusted_node n{w, brisk};
    put_aged(w, n, just_stale);
    w.db.fail_loads(errc::unavailable);
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
    run(w.context, sleep_for(milliseconds{2}));
    CHECK(get_now(w, n, w.item()).value().how.where == tier::l2);
}

// A single node without L2.
struct lone_node : trusted_node {
    explicit lone_node(stale_world& w)
        : trusted_node(w, brisk),
          alone(w.context.get_executor(), w.declared.key_head(), brisk, tiers, nullptr, from) {}
    awaitable<result<answer>> ask(resource_ptr what) { return alone.get(what, p1, deadline::in(seconds{5})); }
    void put_aged_in_l1(stale_world& w, seconds age, microseconds cost = microseconds{1000}) {
        const auto e = make_entry(w.ttl(), old_body, unix_now() - age, cost, 0);
        REQUIRE(l1.insert(item_key, e, {}, coherence.take(item_key, tags_of_item), e.hard_expiry,
                          steady_clock::now()));
    }
    read_path alone;
};

TEST_CASE("a single node refreshes what is due or stale behind the answer") {
    stale_world w;
    lone_node n{w};
    const bool is_stale = GENERATE(true, false);
    n.put_aged_in_l1(w, is_stale ? just_stale : seconds{590}, dear);
    const auto got = run(w.context, n.ask(w.item())).value();
    CHECK(got.how.from == (is_stale ? source::stale : source::hit));
    CHECK(got.content->body() == old_body);
    CHECK(w.db.loads() == 1);
    CHECK(run(w.context, n.ask(w.item())).value().content->body() == new_body);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("a single node serves an old answer when the load fails and loses it to a write") {
    stale_world w;
    lone_node n{w};
    n.put_aged_in_l1(w, long_stale);
    w.db.fail_loads(errc::overloaded);
    const auto got = run(w.context, n.ask(w.item())).value();
    CHECK(got.how.is_load_failed);
    forget_locally(n.coherence, &n.l1, {item_key}, {});
    CHECK(run(w.context, n.ask(w.item())).error() == errc::overloaded);
}

TEST_CASE("a single node's miss waits for the refresh that is under way") {
    stale_world w;
    lone_node n{w};
    n.put_aged_in_l1(w, just_stale);
    w.db.hold_loads();
    run(w.context, [](stale_world& world, lone_node& one) -> awaitable<void> {
        co_await one.ask(world.item());
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        one.l1.clear();
        const auto wait_and_release = [](stale_world& in) -> awaitable<void> {
            co_await sleep_for(milliseconds{10});
            in.db.release_loads();
        };
        start(world.context.get_executor(), "release", wait_and_release(world));
        const auto got = co_await one.ask(world.item());
        CHECK(got.value().content->body() == new_body);
        CHECK(got.value().how.is_collapsed);
    }(w, n));
    CHECK(w.db.loads() == 1);
}

TEST_CASE("an L2 that answers slowly costs a request no more than one that is away") {
    stale_world w;
    node n{w, {.l2_timeout = milliseconds{40}}};
    run(w.context, [](stale_world& world, node& one) -> awaitable<void> {
        const auto slow = [](stale_world& in, fake::l2_call which) -> awaitable<void> {
            in.shared_l2.hold(which, fake::l2_hold::after_acting);
            const bool is_held = co_await in.shared_l2.until_held(which, 1, deadline::in(seconds{5}));
            REQUIRE(is_held);
            co_await sleep_for(milliseconds{25});
            in.shared_l2.release(which);
        };
        start(world.context.get_executor(), "slow get", slow(world, fake::l2_call::get));
        start(world.context.get_executor(), "slow versions", slow(world, fake::l2_call::ensure_versions));
        const auto got = co_await get(one, world.item());
        CHECK(got.value().content->body() == new_body);
        CHECK(got.value().how.is_l2_down);
        CHECK(world.shared_l2.calls(fake::l2_call::take_lease) == 0);
    }(w, n));
}

}  // namespace

}  // namespace weir::stale_test
