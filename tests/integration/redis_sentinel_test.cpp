// A client that asks sentinels where its master is.
#include "weir/adapters/redis_bus.hpp"
#include "weir/redis/subscriber.hpp"

#include "redis_story.hpp"
#include "support/redis_fleets.hpp"

#include <string>
#include <vector>

namespace weir::redis_sentinel_test {
namespace {

using namespace weir::test;
using redis::client;
using redis::subscriber;

// The sentinels themselves take 1.2 s to believe that a master is dead.
constexpr auto return_time = seconds{8};

awaitable<void> stores(client& c, std::string value) {
    const auto stored = co_await ask(c, "SET", "k", value);
    REQUIRE(text(stored) == "OK");
}

TEST_CASE("a client speaks to the master that the sentinels know and survives its failover") {
    sentinel_fleet fleet;
    redis_story(fleet.url())
        .tell(
            [](client& c, sentinel_fleet& f) -> awaitable<void> {
                co_await connected(c);
                REQUIRE(c.home_of("k")->port == f.master().port());
                co_await stores(c, "v1");
                REQUIRE(f.master().command({"GET", "k"}) == "v1");
                const auto identity = c.identity();

                f.fail_over();
                co_await until([&c] { return !c.is_connected(); }, seconds{5});
                co_await connected(c, return_time);
                REQUIRE(c.home_of("k")->port == f.master().port());
                REQUIRE(c.identity() != identity);
                co_await stores(c, "v2");
                REQUIRE(f.master().command({"GET", "k"}) == "v2");
            },
            fleet);
}

TEST_CASE("the bus follows a failover with commands and messages") {
    sentinel_fleet fleet;
    redis_story(fleet.url())
        .tell(
            [](client& c, sentinel_fleet& f) -> awaitable<void> {
                const auto executor = co_await boost::asio::this_coro::executor;
                subscriber ear(executor, redis_options(f.url()));
                redis_bus bus(c, ear, "weir:v1");
                const auto too_early = co_await bus.open("n1", deadline::in(seconds{1}));
                REQUIRE(too_early.error() == errc::unavailable);
                co_await connected(c);
                const auto opened = co_await bus.open("n1", deadline::in(seconds{5}));
                REQUIRE(opened.has_value());
                REQUIRE(ear.peer().port == f.master().port());

                f.fail_over();
                const auto lost = co_await bus.receive();
                REQUIRE(lost.has_error());
                co_await until([&c] { return !c.is_connected(); }, seconds{5});
                co_await connected(c, return_time);
                const auto again = co_await bus.open("n2", deadline::in(seconds{5}));
                REQUIRE(again.has_value());
                REQUIRE(ear.peer().port == f.master().port());
                const std::vector<std::string> keys{"weir:v1:a"};
                const std::vector<std::string> tags;
                const auto announced = co_await bus.announce("n2", keys, tags, deadline::in(seconds{5}));
                REQUIRE(announced.has_value());
                const auto received = co_await bus.receive();
                REQUIRE(std::get<bus_message>(received->front()).keys == keys);
            },
            fleet);
}

// One sentinel whose mind the test changes, and two masters that have nothing to do with each other.
struct two_masters {
    two_masters() { monitor(sentinel, first, 1); }

    std::string url(const std::string& query = "") const {
        return "redis+sentinel://" + sentinel.address() + "/mymaster" + query;
    }
    void name_second() {
        sentinel.command({"SENTINEL", "REMOVE", "mymaster"});
        monitor(sentinel, second, 1);
    }

    private_redis first;
    private_redis second;
    private_redis sentinel{{.user = {}, .password = {}, .extra = {}, .is_sentinel = true}};
};

TEST_CASE("a master that the sentinels no longer name is left although it answers") {
    two_masters world;
    auto options = redis_options(world.url());
    options.ping_interval = milliseconds{50};
    redis_story(options).tell(
        [](client& c, two_masters& w) -> awaitable<void> {
            co_await connected(c);
            co_await stores(c, "v1");
            REQUIRE(w.first.command({"GET", "k"}) == "v1");
            w.name_second();
            const bool moved = co_await until(
                [&] {
                    const auto home = c.home_of("k");
                    return home && home->port == w.second.port();
                },
                seconds{5});
            REQUIRE(moved);
            co_await stores(c, "v2");
            REQUIRE(w.first.command({"GET", "k"}) == "v1");
            REQUIRE(w.second.command({"GET", "k"}) == "v2");
        },
        world);
}

TEST_CASE("the bus leaves a subscription on another server than its commands go to") {
    two_masters world;
    auto options = redis_options(world.url());
    options.ping_interval = milliseconds{50};
    redis_story(options).tell(
        [](client& c, two_masters& w) -> awaitable<void> {
            co_await connected(c);
            const auto executor = co_await boost::asio::this_coro::executor;
            subscriber ear(executor, redis_options(w.url()));
            redis_bus bus(c, ear, "weir:v1");
            const auto opened = co_await bus.open("n1", deadline::in(seconds{5}));
            REQUIRE(opened.has_value());
            const auto joined = co_await bus.join("n1", seconds{1}, deadline::in(seconds{5}));
            REQUIRE(joined.has_value());
            REQUIRE(ear.is_open());
            w.name_second();
            const bool moved = co_await until(
                [&] {
                    const auto home = c.home_of("k");
                    return home && home->port == w.second.port();
                },
                seconds{5});
            REQUIRE(moved);
            const auto renewed = co_await bus.join("n1", seconds{1}, deadline::in(seconds{5}));
            REQUIRE(renewed.has_value());
            REQUIRE_FALSE(renewed->was_member);
            const auto ended = co_await bus.receive();
            REQUIRE(ended.error() == errc::unavailable);
        },
        world);
}

TEST_CASE("a replica that a sentinel takes for a master is not spoken to") {
    two_masters world;
    world.first.command({"REPLICAOF", "127.0.0.1", std::to_string(world.second.port())});
    redis_story(world.url()).tell([](client& c) -> awaitable<void> {
        const bool tried = co_await until([&c] { return !c.last_failure().empty(); }, seconds{5});
        REQUIRE(tried);
        REQUIRE_FALSE(c.is_connected());
        REQUIRE(c.last_failure() == "the server that the sentinels name is no master");
    });
}

TEST_CASE("sentinels that are away cost no more than their share of the time") {
    two_masters world;
    private_redis silent({.user = {}, .password = {}, .extra = {}, .is_sentinel = true});
    silent.pause();
    const std::string nobody = "127.0.0.1:" + std::to_string(free_port());
    redis_story("redis+sentinel://" + nobody + "," + silent.address() + "," + world.sentinel.address() +
                "/mymaster")
        .tell([](client& c) -> awaitable<void> {
            co_await connected(c);
            REQUIRE(c.stats().connections == 1);
        });
    silent.resume();
}

TEST_CASE("why no sentinel could tell is told") {
    two_masters world;
    redis_story("redis+sentinel://" + world.sentinel.address() + "/other")
        .tell(
            [](client& c, two_masters& w) -> awaitable<void> {
                const bool tried = co_await until([&c] { return !c.last_failure().empty(); }, seconds{5});
                REQUIRE(tried);
                REQUIRE(c.last_failure() ==
                        "sentinel " + w.sentinel.address() + ": it knows no master of that name");
            },
            world);
}

TEST_CASE("sentinels may have a password of their own") {
    private_redis master({.user = "weir", .password = "secret1", .extra = {}});
    private_redis sentinel({.user = {}, .password = "secret2", .extra = {}, .is_sentinel = true});
    monitor(sentinel, master, 1);
    const std::string url = "redis+sentinel://weir:secret1@" + sentinel.address() + "/mymaster";
    redis_story(url + "?sentinel_password=secret2").tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        co_await stores(c, "v");
    });
    redis_story(url).tell([](client& c) -> awaitable<void> {
        const bool tried = co_await until([&c] { return !c.last_failure().empty(); }, seconds{5});
        REQUIRE(tried);
        REQUIRE(c.last_failure().find("NOAUTH") != std::string::npos);
    });
}

}  // namespace

}  // namespace weir::redis_sentinel_test
