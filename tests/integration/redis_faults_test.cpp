// What befalls a connection to Redis, and how soon the client knows and is back.
#include "weir/async/bounded.hpp"

#include "redis_story.hpp"

#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace weir::redis_faults_test {
namespace {

using namespace weir::test;
using redis::client;
using redis::command_line;

// What Weir promises after Redis returns.
constexpr auto return_time = seconds{3};

struct outcome {
    bool is_over = false;
    error_code error;
};

awaitable<void> note(client& c, command_line argv, steady_clock::duration within, outcome& into) {
    const auto answer = co_await c.command(std::move(argv), deadline::in(within));
    into.is_over = true;
    if (!answer) into.error = answer.error();
}

TEST_CASE("a missed deadline closes the connection and all others fail fast") {
    private_redis server;
    redis_story(server.url()).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const auto executor = co_await boost::asio::this_coro::executor;
        outcome slow;
        outcome behind;
        const auto began = steady_clock::now();
        start(executor, "slow", note(c, words("DEBUG", "SLEEP", "1"), milliseconds{100}, slow));
        start(executor, "behind", note(c, words("PING"), seconds{10}, behind));
        const bool ended = co_await until([&] { return slow.is_over && behind.is_over; }, seconds{5});
        REQUIRE(ended);
        REQUIRE(steady_clock::now() - began < milliseconds{900});
        REQUIRE(slow.error == errc::timeout);
        REQUIRE(behind.error == errc::unavailable);
        REQUIRE(c.stats().timeouts == 1);
        REQUIRE_FALSE(c.is_connected());
        const auto failing = co_await time_to_fail(c, errc::unavailable);
        REQUIRE(failing < milliseconds{50});
        co_await connected(c, seconds{1} + return_time);
        const auto pong = co_await ask(c, "PING");
        REQUIRE(text(pong) == "PONG");
        REQUIRE(c.stats().connections == 2);
    });
}

TEST_CASE("a caller with hardly any time left does not cost the others their connection") {
    private_redis server;
    auto settings = redis_options(server.url());
    settings.patience_min = seconds{5};
    redis_story(settings).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const auto executor = co_await boost::asio::this_coro::executor;
        outcome slow;
        start(executor, "slow", note(c, words("DEBUG", "SLEEP", "0.2"), seconds{10}, slow));
        command_line set{"SET", "k", "v"};
        const auto hurried = co_await c.command(std::move(set), deadline::in(milliseconds{20}));
        REQUIRE(hurried.error() == errc::timeout);
        REQUIRE_FALSE(slow.is_over);
        const auto next = co_await ask(c, "GET", "k");
        REQUIRE(text(next) == "v");
        REQUIRE(slow.error == error_code{});
        REQUIRE(c.stats().connections == 1);
    });
}

awaitable<result<redis::reply>> echo(client& c, std::string what) {
    command_line argv{"ECHO", std::move(what)};
    co_return co_await c.command(std::move(argv), deadline::in(seconds{10}));
}

TEST_CASE("a cancelled caller leaves at once and its reply goes to no other caller") {
    private_redis server;
    redis_story(server.url()).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const auto executor = co_await boost::asio::this_coro::executor;
        outcome slow;
        start(executor, "slow", note(c, words("DEBUG", "SLEEP", "0.2"), seconds{10}, slow));
        const auto cancelled = co_await bounded(echo(c, "nobody's"), deadline::in(milliseconds{20}));
        REQUIRE(cancelled.error() == errc::timeout);
        REQUIRE_FALSE(slow.is_over);
        const auto mine = co_await echo(c, "mine");
        REQUIRE(text(mine) == "mine");
        REQUIRE(slow.is_over);
        REQUIRE(c.stats().timeouts == 0);
        REQUIRE(c.stats().connections == 1);
    });
}

TEST_CASE("the client is back within three seconds after a hard kill and a restart") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                s.kill_hard();
                const bool noticed = co_await until([&c] { return !c.is_connected(); }, seconds{1});
                REQUIRE(noticed);
                const auto failing = co_await time_to_fail(c, errc::unavailable);
                REQUIRE(failing < milliseconds{50});
                // Long enough for the backoff to have grown to its cap.
                co_await sleep_for(seconds{3});
                REQUIRE_FALSE(c.is_connected());
                s.restart();
                co_await connected(c, return_time);
                const auto pong = co_await ask(c, "PING");
                REQUIRE(text(pong) == "PONG");
            },
            server);
}

TEST_CASE("a stopped server costs one time-out and then nothing until it is back within three seconds") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                s.pause();
                const auto first = co_await ask_within(c, milliseconds{100}, words("PING"));
                REQUIRE(first.error() == errc::timeout);
                // It still accepts connections; only an answered greeting counts.
                for (int i = 0; i < 30; ++i) {
                    const auto failing = co_await time_to_fail(c, errc::unavailable);
                    REQUIRE(failing < milliseconds{50});
                    co_await sleep_for(milliseconds{100});
                }
                REQUIRE(c.stats().connections == 1);
                REQUIRE(c.stats().timeouts < 10);
                s.resume();
                co_await connected(c, return_time);
                const auto pong = co_await ask(c, "PING");
                REQUIRE(text(pong) == "PONG");
            },
            server);
}

TEST_CASE("a server that falls silent is noticed while no request asks") {
    private_redis server;
    auto settings = redis_options(server.url());
    settings.ping_interval = milliseconds{200};
    settings.connect_timeout = milliseconds{500};
    redis_story(settings).tell(
        [](client& c, private_redis& s) -> awaitable<void> {
            co_await connected(c);
            s.pause();
            const bool noticed = co_await until([&c] { return !c.is_connected(); }, seconds{3});
            s.resume();
            REQUIRE(noticed);
            co_await connected(c, return_time);
        },
        server);
}

TEST_CASE("an idle connection that answers its PINGs stays") {
    private_redis server;
    auto settings = redis_options(server.url());
    settings.ping_interval = milliseconds{20};
    redis_story(settings).tell([](client& c) -> awaitable<void> {
        co_await connected(c);
        const bool pinged = co_await until([&c] { return c.stats().commands > 12; }, seconds{10});
        REQUIRE(pinged);
        REQUIRE(c.stats().connections == 1);
    });
}

// What was written to standard error meanwhile.
class captured_stderr {
 public:
    captured_stderr() : before_(dup(STDERR_FILENO)) {
        std::fflush(stderr);
        const int file = open(path_.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
        dup2(file, STDERR_FILENO);
        close(file);
    }
    ~captured_stderr() { restore(); }

    std::string text() {
        restore();
        std::ifstream in(path_);
        return {std::istreambuf_iterator<char>(in), {}};
    }

 private:
    void restore() {
        if (before_ < 0) return;
        std::fflush(stderr);
        dup2(before_, STDERR_FILENO);
        close(before_);
        before_ = -1;
    }

    temporary_directory directory_;
    std::string path_ = directory_.path() / "stderr";
    int before_;
};

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
}

TEST_CASE("a wrong password is reported by name once and never printed") {
    private_redis server({.user = "", .password = "s3cret", .extra = {}});
    auto settings = redis_options(server.url());
    settings.password = "hunter2";
    settings.backoff_max = milliseconds{20};
    captured_stderr log;
    redis_story(settings).tell(
        [](client& c, private_redis& s) -> awaitable<void> {
            const auto refused_often = [&s] {
                return s.command({"INFO", "stats"}).find("acl_access_denied_auth:1\r") == std::string::npos &&
                       s.command({"INFO", "errorstats"}).find("WRONGPASS") != std::string::npos;
            };
            const bool has_tried = co_await until(refused_often, seconds{5});
            co_await sleep_for(milliseconds{200});
            REQUIRE(has_tried);
            REQUIRE_FALSE(c.is_connected());
            REQUIRE(c.last_failure().find("AUTH was refused: WRONGPASS") == 0);
        },
        server);
    const std::string lines = log.text();
    REQUIRE(count(lines, "redis_unreachable") == 1);
    REQUIRE(count(lines, "WRONGPASS") == 1);
    REQUIRE(count(lines, "hunter2") == 0);
}

TEST_CASE("a lost connection and its return are one line each") {
    private_redis server;
    captured_stderr log;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& s) -> awaitable<void> {
                co_await connected(c);
                s.kill_hard();
                co_await sleep_for(seconds{1});
                s.restart();
                co_await connected(c, return_time);
            },
            server);
    const std::string lines = log.text();
    REQUIRE(count(lines, "redis_connected") == 2);
    REQUIRE(count(lines, "redis_lost") == 1);
    REQUIRE(count(lines, "redis_unreachable") == 1);
}

TEST_CASE("stop ends pending commands and run returns") {
    private_redis server;
    redis_story story(server.url());
    outcome pending;
    story.tell(
        [](client& c, outcome& o) -> awaitable<void> {
            co_await connected(c);
            const auto executor = co_await boost::asio::this_coro::executor;
            const auto sent = c.stats().commands.load();
            start(executor, "pending", note(c, words("DEBUG", "SLEEP", "2"), seconds{10}, o));
            co_await until([&c, sent] { return c.stats().commands > sent; }, seconds{5});
        },
        pending);  // its end stops the client
    REQUIRE(pending.is_over);
    REQUIRE(pending.error == errc::cancelled);
    REQUIRE_FALSE(story.client.is_connected());
}

TEST_CASE("stop ends a client that cannot connect") {
    const auto began = steady_clock::now();
    SECTION("because no server listens") {
        redis::options settings;
        settings.port = free_port();
        redis_story(settings).tell(
            +[](client&) -> awaitable<void> { co_await sleep_for(milliseconds{100}); });
    }
    SECTION("because no server answers") {
        private_redis server;
        server.pause();
        redis_story(server.url()).tell([](client&) -> awaitable<void> {
            co_await sleep_for(milliseconds{100});
        });
    }
    SECTION("because there is no such socket") {
        redis_story("unix:///nowhere/redis.sock").tell([](client&) -> awaitable<void> {
            co_await sleep_for(milliseconds{100});
        });
    }
    REQUIRE(steady_clock::now() - began < seconds{2});
}

TEST_CASE("a client stopped before it ran does not run") {
    boost::asio::io_context context{1};
    client c(context.get_executor(), redis::options{});
    c.stop();
    start(context.get_executor(), "redis client", c.run());
    context.run();
    REQUIRE_FALSE(c.is_connected());
}

}  // namespace

}  // namespace weir::redis_faults_test
