// The subscriber on a real Redis, and what can befall it.
#include "weir/adapters/redis_bus.hpp"
#include "weir/redis/subscriber.hpp"

#include "redis_story.hpp"
#include "support/run.hpp"

#include <string>
#include <vector>

namespace weir::redis_subscriber_test {
namespace {

using namespace weir::test;
using redis::client;
using redis::subscriber;

// Publishes by itself; the story listens.
struct listening {
    explicit listening(private_redis& at)
        : server(at), options(redis_options(at.url())), ear(context.get_executor(), options) {}
    listening(private_redis& at, redis::options o)
        : server(at), options(std::move(o)), ear(context.get_executor(), options) {}

    void tell(awaitable<void> (*story)(subscriber&, private_redis&)) { run(context, story(ear, server)); }

    boost::asio::io_context context{1};
    private_redis& server;
    redis::options options;
    subscriber ear;
};

awaitable<void> subscribe(subscriber& ear) {
    std::vector<std::string> channels{"news", "mine"};
    const auto opened = co_await ear.open(std::move(channels), deadline::in(seconds{5}));
    REQUIRE(opened.has_value());
    REQUIRE(ear.is_open());
}

awaitable<void> hears(subscriber& ear, std::string channel, std::string payload) {
    const auto received = co_await ear.receive();
    REQUIRE(received.has_value());
    REQUIRE(received->size() == 1);
    REQUIRE(received->front().channel == channel);
    const bool is_same = received->front().payload == payload;
    REQUIRE(is_same);
}

TEST_CASE("a subscriber hears what is published on its channels byte for byte", "[integration]") {
    private_redis server;
    listening(server).tell([](subscriber& ear, private_redis& redis) -> awaitable<void> {
        co_await subscribe(ear);
        std::string payload = "a\r\nb";
        payload.push_back('\0');
        payload += std::string(300'000, '\xff');
        redis.command({"PUBLISH", "others", "x"});
        redis.command({"PUBLISH", "mine", payload});
        co_await hears(ear, "mine", payload);
        redis.command({"PUBLISH", "news", ""});
        co_await hears(ear, "news", "");
    });
}

TEST_CASE("a subscriber greets with user and password", "[integration]") {
    private_redis server({.user = "weir", .password = "secret1", .extra = {}});
    listening(server).tell([](subscriber& ear, private_redis& redis) -> awaitable<void> {
        co_await subscribe(ear);
        redis.command({"PUBLISH", "news", "1"});
        co_await hears(ear, "news", "1");
    });
    auto wrong = redis_options(server.url());
    wrong.password = "secret2";
    listening(server, wrong).tell([](subscriber& ear, private_redis&) -> awaitable<void> {
        const std::vector<std::string> channels{"news"};
        const auto opened = co_await ear.open(channels, deadline::in(seconds{5}));
        REQUIRE(opened.error() == errc::rejected);
        REQUIRE(ear.last_failure().find("WRONGPASS") != std::string::npos);
        REQUIRE(ear.last_failure().find("secret2") == std::string::npos);
    });
}

TEST_CASE("a user without the right to a channel is told so", "[integration]") {
    private_redis server;
    server.command({"ACL", "SETUSER", "deaf", "on", ">pw", "+@all", "~*", "resetchannels"});
    auto options = redis_options(server.url());
    options.user = "deaf";
    options.password = "pw";
    listening(server, options).tell([](subscriber& ear, private_redis&) -> awaitable<void> {
        const std::vector<std::string> channels{"news"};
        const auto opened = co_await ear.open(channels, deadline::in(seconds{5}));
        REQUIRE(opened.error() == errc::rejected);
    });
}

TEST_CASE("a silent connection lives as long as its PINGs are answered", "[integration]") {
    private_redis server;
    auto options = redis_options(server.url());
    options.subscriber_ping_interval = milliseconds{10};
    options.subscriber_pong_timeout = seconds{5};
    listening(server, options).tell([](subscriber& ear, private_redis& redis) -> awaitable<void> {
        co_await subscribe(ear);
        start(co_await boost::asio::this_coro::executor, "publisher",
              [](private_redis& to) -> awaitable<void> {
                  co_await sleep_for(milliseconds{300});
                  to.command({"PUBLISH", "news", "late"});
              }(redis));
        co_await hears(ear, "news", "late");
        const auto pings = redis.command({"INFO", "commandstats"});
        const auto at = pings.find("cmdstat_ping:calls=");
        REQUIRE(at != std::string::npos);
        REQUIRE(std::stoi(pings.substr(at + 19)) >= 10);
    });
}

TEST_CASE("a server that no longer answers is noticed within the PING's bound", "[integration]") {
    private_redis server;
    auto options = redis_options(server.url());
    options.subscriber_ping_interval = milliseconds{50};
    options.subscriber_pong_timeout = milliseconds{100};
    listening(server, options).tell([](subscriber& ear, private_redis& redis) -> awaitable<void> {
        co_await subscribe(ear);
        redis.pause();
        const auto began = steady_clock::now();
        const auto received = co_await ear.receive();
        redis.resume();
        REQUIRE(received.error() == errc::timeout);
        REQUIRE(steady_clock::now() - began >= milliseconds{100});
        REQUIRE(steady_clock::now() - began < seconds{2});
        REQUIRE_FALSE(ear.is_open());
        const auto again = co_await ear.receive();
        REQUIRE(again.error() == errc::unavailable);
    });
}

TEST_CASE("messages that came while no coroutine listened outlive a missed PING", "[integration]") {
    private_redis server;
    auto options = redis_options(server.url());
    options.subscriber_ping_interval = milliseconds{10};
    options.subscriber_pong_timeout = milliseconds{10};
    listening(server, options).tell([](subscriber& ear, private_redis& redis) -> awaitable<void> {
        co_await subscribe(ear);
        redis.command({"PUBLISH", "news", "1"});
        co_await sleep_for(milliseconds{100});
        co_await hears(ear, "news", "1");
    });
}

TEST_CASE("a killed subscriber says that it is lost and opens again", "[integration]") {
    private_redis server;
    listening(server).tell([](subscriber& ear, private_redis& redis) -> awaitable<void> {
        co_await subscribe(ear);
        redis.command({"CLIENT", "KILL", "TYPE", "pubsub"});
        const auto received = co_await ear.receive();
        REQUIRE(received.error() == errc::unavailable);
        REQUIRE(ear.last_failure() == "closed by the server");
        redis.command({"PUBLISH", "news", "missed"});
        co_await subscribe(ear);
        REQUIRE(ear.last_failure().empty());
        redis.command({"PUBLISH", "news", "2"});
        co_await hears(ear, "news", "2");
    });
}

TEST_CASE("opening a subscriber ends by its deadline when no server answers", "[integration]") {
    private_redis server;
    server.pause();
    listening(server).tell([](subscriber& ear, private_redis&) -> awaitable<void> {
        const std::vector<std::string> channels{"news"};
        const auto began = steady_clock::now();
        const auto opened = co_await ear.open(channels, deadline::in(milliseconds{100}));
        REQUIRE(opened.error() == errc::timeout);
        REQUIRE(steady_clock::now() - began < seconds{2});
    });
    server.resume();
}

TEST_CASE("a message that the bus does not understand ends the subscription", "[integration]") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& commands, private_redis& redis) -> awaitable<void> {
                co_await connected(commands);
                const auto executor = co_await boost::asio::this_coro::executor;
                subscriber ear(executor, redis_options(redis.url()));
                redis_bus bus(commands, ear, "weir:v1");
                for (const char* text :
                     {"", "x", "1", "1 ", " node\nk a", "1 node\nz a", "1 node\nk", "1 node\nk ",
                      "1 node\n\nk a", "-1 node\nk a", "99999999999999999999 node\nk a"}) {
                    const auto opened = co_await bus.open("n", deadline::in(seconds{5}));
                    REQUIRE(opened.has_value());
                    redis.command({"PUBLISH", "weir:bus:{weir:v1}", text});
                    const auto received = co_await bus.receive();
                    INFO(text);
                    REQUIRE(received.error() == errc::protocol);
                    REQUIRE_FALSE(ear.is_open());
                }
            },
            server);
}

}  // namespace

}  // namespace weir::redis_subscriber_test
