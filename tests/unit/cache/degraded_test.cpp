// While L2 is away: what a resource with a degraded TTL keeps in the process, for how long, and what ends it.
#include "read_path_world.hpp"

namespace weir::degraded_test {
namespace {

using namespace test;

// L2 is away and the node is off the bus.
struct outage : world {
    explicit outage(milliseconds degraded_ttl = seconds{60}) {
        declared.resources[0].cached->degraded_ttl = degraded_ttl;
        db.put("product", p1, R"({"v":1})");
        shared_l2.fail(errc::unavailable);
    }
};

TEST_CASE("while L2 is away a degraded answer is loaded once and says what it is") {
    outage w;
    node n{w};
    CHECK(get_now(w, n, w.item()).value().how.from == source::miss);
    for (int i = 0; i < 5; ++i) {
        const auto got = get_now(w, n, w.item()).value();
        CHECK(got.how.from == source::hit);
        CHECK(got.how.is_l2_down);
        CHECK(got.content->body() == R"({"v":1})");
        CHECK(got.content->soft_expiry() <= got.content->load_start() + seconds{60});
    }
    CHECK(w.db.loads() == 1);
}

TEST_CASE("requests that come while a degraded answer is loaded share what the first one kept") {
    outage w;
    node n{w};
    w.db.hold_loads();
    std::vector<answer> answers;
    run(w.context, [](outage& world, node& one, std::vector<answer>& out) -> awaitable<void> {
        const auto executor = world.context.get_executor();
        start(executor, "first", get_into(one, world.item(), out));
        const bool is_loading = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(is_loading);
        for (int i = 0; i < 20; ++i) start(executor, "late", get_into(one, world.item(), out));
        world.db.release_loads();
    }(w, n, answers));
    CHECK(answers.size() == 21);
    CHECK(w.db.loads() == 1);
}

TEST_CASE("without a degraded TTL each answer is loaded after its request came") {
    outage w{milliseconds{0}};
    node n{w};
    for (int i = 0; i < 3; ++i) CHECK(get_now(w, n, w.item()).value().how.from == source::miss);
    CHECK(w.db.loads() == 3);
}

TEST_CASE("a degraded answer lives no longer than its degraded TTL") {
    outage w{milliseconds{20}};
    node n{w};
    const auto first = get_now(w, n, w.item()).value();
    run(w.context, sleep_for(milliseconds{21}));
    const auto second = get_now(w, n, w.item()).value();
    CHECK(second.how.from == source::miss);
    CHECK(second.content->load_start() > first.content->load_start());
}

TEST_CASE("what L1 held before the outage is served only while it is as young as a degraded answer") {
    outage w{milliseconds{200}};
    w.shared_l2.fail(std::nullopt);
    trusted_node n{w};
    get_now(w, n, w.item()).value();
    REQUIRE(get_now(w, n, w.item()).value().how.where == tier::l1);
    // The trust runs out by time alone: what L1 holds is of the same generation still.
    w.shared_l2.fail(errc::unavailable);
    n.coherence.trust_until(steady_clock::now());
    run(w.context, sleep_for(milliseconds{201}));
    CHECK(get_now(w, n, w.item()).value().how.from == source::miss);
    CHECK(w.db.loads() == 2);
}

TEST_CASE("this node's own write ends a degraded answer at once") {
    outage w;
    node n{w};
    const bool is_tag = GENERATE(false, true);
    get_now(w, n, w.item()).value();
    w.db.put("product", p1, R"({"v":2})");
    const std::vector<std::string> keys{item_key};
    const std::vector<std::string> tags{"weir:v1:all:product"};
    forget_locally(n.coherence, &n.l1, is_tag ? no_names : keys, is_tag ? tags : no_names);
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":2})");
}

TEST_CASE("once L2 or the bus is back no degraded answer is served") {
    outage w;
    node n{w};
    get_now(w, n, w.item()).value();
    w.db.put("product", p1, R"({"v":2})");  // by a node that was not cut off
    if (GENERATE(false, true)) {
        w.shared_l2.fail(std::nullopt);
    } else {
        n.coherence.trust_always();
    }
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":2})");
}

TEST_CASE("a degraded answer that was read before a forgotten write is not kept after it") {
    outage w;
    node n{w};
    w.db.hold_loads(fake::hold::after_reading);
    std::vector<answer> answers;
    run(w.context, [](outage& world, node& one, std::vector<answer>& out) -> awaitable<void> {
        start(world.context.get_executor(), "reader", get_into(one, world.item(), out));
        const bool has_read = co_await world.db.until_held(1, deadline::in(seconds{5}));
        REQUIRE(has_read);
        world.db.put("product", p1, R"({"v":2})");
        forget_locally(one.coherence, &one.l1, {item_key}, no_names);  // its own write, pending
        world.db.release_loads();
    }(w, n, answers));
    CHECK(get_now(w, n, w.item()).value().content->body() == R"({"v":2})");
}

}  // namespace

}  // namespace weir::degraded_test
