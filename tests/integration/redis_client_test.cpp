// The Redis client against a real server: what it says and how it gets in. Faults are in
// redis_faults_test.cpp.
#include "weir/redis/script.hpp"

#include "redis_story.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace weir::redis_client_test {
namespace {

using namespace weir::test;
using redis::client;
using redis::command_line;

struct tally {
    int done = 0;
    int wrong = 0;
};

awaitable<void> set_and_get(client& c, int who, tally& t) {
    for (int i = 0; i < 100; ++i) {
        const std::string key = std::to_string(who) + ":" + std::to_string(i);
        command_line set{"SET", key, "value of " + key};
        command_line get{"GET", key};
        co_await c.command(std::move(set), deadline::in(seconds{20}));
        const auto got = co_await c.command(std::move(get), deadline::in(seconds{20}));
        if (text(got) != "value of " + key) ++t.wrong;
    }
    ++t.done;
}

std::size_t stat(private_redis& server, const std::string& name) {
    const std::string all = server.command({"INFO", "stats"});
    return std::stoul(all.substr(all.find("\n" + name + ":") + name.size() + 2));
}

TEST_CASE("commands of many coroutines are pipelined and every reply finds its caller") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                tally t;
                const auto executor = co_await boost::asio::this_coro::executor;
                for (int i = 0; i < 50; ++i) start(executor, "set and get", set_and_get(c, i, t));
                const bool all = co_await until([&t] { return t.done == 50; }, seconds{60});
                REQUIRE(all);
                REQUIRE(t.wrong == 0);
                REQUIRE(c.stats().commands >= 10'000);
                // Far fewer reads than commands: they were sent together.
                REQUIRE(stat(s, "total_reads_processed") * 5 < stat(s, "total_commands_processed"));
            },
            server);
}

TEST_CASE("several commands at once are one round trip with replies in their order") {
    private_redis server;
    redis_story(server.url()).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        std::vector<command_line> three;
        three.push_back(words("SET", "a", "1"));
        three.push_back(words("INCR", "a"));
        three.push_back(words("GET", "a"));
        const auto answers = co_await c.commands(std::move(three), deadline::in(seconds{5}));
        REQUIRE(answers.has_value());
        REQUIRE(answers->size() == 3);
        REQUIRE(text((*answers)[1]) == "2");
        REQUIRE(text((*answers)[2]) == "2");
        std::vector<command_line> with_error;
        with_error.push_back(words("SET", "b", "x"));
        with_error.push_back(words("INCR", "b"));
        with_error.push_back(words("GET", "b"));
        const auto refused = co_await c.commands(std::move(with_error), deadline::in(seconds{5}));
        REQUIRE(refused.error() == errc::rejected);
        const auto still = co_await ask(c, "PING");
        REQUIRE(text(still) == "PONG");
    });
}

TEST_CASE("a refused command is rejected and harms no other") {
    private_redis server;
    redis_story(server.url()).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        co_await ask(c, "LPUSH", "list", "x");
        const auto refused = co_await ask(c, "GET", "list");
        REQUIRE(refused.error() == errc::rejected);
        const auto next = co_await ask(c, "LLEN", "list");
        REQUIRE(text(next) == "1");
        REQUIRE(c.stats().error_replies == 1);
        REQUIRE(c.stats().connections == 1);
    });
}

TEST_CASE("a script is sent by its hash and by its source to a server that does not know it") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                const redis::script join("return KEYS[1] .. ARGV[1]");
                for (int i = 0; i < 2; ++i) {
                    for (int j = 0; j < 2; ++j) {
                        std::vector<std::string> keys{"k"};
                        std::vector<std::string> arguments{"v"};
                        const auto answer = co_await join.run(c, std::move(keys), std::move(arguments),
                                                              deadline::in(seconds{5}));
                        REQUIRE(text(answer) == "kv");
                    }
                    s.command({"SCRIPT", "FLUSH"});
                }
                REQUIRE(c.stats().error_replies == 0);
            },
            server);
}

TEST_CASE("a password opens the server and the database number is selected") {
    private_redis server({.user = "", .password = "s3cret", .extra = {}});
    redis_story(server.url(3))
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                co_await ask(c, "SET", "k", "in three");
                REQUIRE(s.command({"GET", "k"}, 3) == "in three");
                REQUIRE(s.command({"GET", "k"}, 0) == "(nil)");
            },
            server);
}

TEST_CASE("an ACL user opens the server") {
    private_redis server({.user = "weir", .password = "s3cret", .extra = {}});
    redis_story(server.url()).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const auto who = co_await ask(c, "ACL", "WHOAMI");
        REQUIRE(text(who) == "weir");
        const auto name = co_await ask(c, "CLIENT", "GETNAME");
        REQUIRE(text(name) == "weir");
    });
}

TEST_CASE("a unix socket serves as well as TCP") {
    private_redis server;
    redis_story(server.socket_url(1))
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                co_await ask(c, "SET", "k", "v");
                REQUIRE(s.command({"GET", "k"}, 1) == "v");
            },
            server);
}

TEST_CASE("a host name is looked up") {
    private_redis server;
    auto settings = redis_options(server.url());
    settings.host = "localhost";
    redis_story(settings).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const auto pong = co_await ask(c, "PING");
        REQUIRE(text(pong) == "PONG");
    });
}

TEST_CASE("a queue of pending commands that is full refuses more and recovers") {
    private_redis server;
    auto settings = redis_options(server.url());
    settings.pending_max = 10;
    redis_story(settings).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        std::vector<command_line> too_many(11, words("PING"));
        const auto refused = co_await c.commands(std::move(too_many), deadline::in(seconds{5}));
        REQUIRE(refused.error() == errc::overloaded);
        REQUIRE(c.stats().overloaded == 1);
        std::vector<command_line> just_enough(10, words("PING"));
        const auto taken = co_await c.commands(std::move(just_enough), deadline::in(seconds{5}));
        REQUIRE(taken.has_value());
    });
}

TEST_CASE("a reply beyond its bound ends the connection and not the client") {
    private_redis server;
    server.command({"SET", "big", std::string(300'000, 'x')});
    auto settings = redis_options(server.url());
    settings.reply_bytes_max = 100'000;
    redis_story(settings).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const auto big = co_await ask(c, "GET", "big");
        REQUIRE(big.error() == errc::protocol);
        co_await connected(c);
        REQUIRE(c.stats().connections == 2);
    });
}

TEST_CASE("a megabyte is carried both ways") {
    private_redis server;
    redis_story(server.url()).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const std::string body(1'000'000, 'y');
        command_line set{"SET", "big", body};
        command_line get{"GET", "big"};
        co_await ask_within(c, seconds{5}, std::move(set));
        const auto got = co_await ask_within(c, seconds{5}, std::move(get));
        const bool is_same = text(got) == body;
        REQUIRE(is_same);
    });
}

// No assertion in here: Catch's are for one thread.
awaitable<void> increment(client& c) {
    co_await until([&c] { return c.is_connected(); }, seconds{5});
    for (int i = 0; i < 500; ++i) co_await ask(c, "INCR", "n");
}

TEST_CASE("every worker has a client of its own and any thread may read their numbers") {
    private_redis server;
    redis_story one(server.url());
    redis_story two(server.url());
    const auto work = [](redis_story& s) {
        s.tell([](client& c) -> awaitable<void> { co_await increment(c); });
    };
    std::jthread first(work, std::ref(one));
    std::jthread second(work, std::ref(two));
    const auto commands = [](const redis_story& s) { return s.client.stats().commands.load(); };
    const auto end = deadline::in(seconds{60});
    while (!end.passed() && (commands(one) < 500 || commands(two) < 500)) std::this_thread::yield();
    first.join();
    second.join();
    REQUIRE(server.command({"GET", "n"}) == "1000");
    REQUIRE_FALSE(one.client.is_connected());
}

}  // namespace

}  // namespace weir::redis_client_test
