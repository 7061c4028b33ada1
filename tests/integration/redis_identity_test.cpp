// Which data a server has, who may read it, and a server that one cannot write to.
#include "weir/redis/script.hpp"

#include "redis_story.hpp"
#include "support/run.hpp"

#include <string>
#include <vector>

namespace weir::redis_identity_test {
namespace {

using namespace weir::test;
using redis::client;

std::string field(private_redis& server, const std::string& section, const std::string& name) {
    const std::string info = server.command({"INFO", section});
    const auto at = info.find("\n" + name + ":") + name.size() + 2;
    return info.substr(at, info.find('\r', at) - at);
}

// A gate that the test opens.
struct gate {
    std::vector<std::string> asked;
    bool is_open = false;
    bool is_silent = false;
};

awaitable<bool> ask_gate(gate& at, std::string identity, deadline) {
    at.asked.push_back(std::move(identity));
    while (at.is_silent) co_await sleep_for(seconds{1});
    co_return at.is_open;
}

struct gated_story : gate {
    explicit gated_story(private_redis& at)
        : server(at),
          guarded(context.get_executor(), options_of(at), [this](std::string identity, deadline d) {
              return ask_gate(*this, std::move(identity), d);
          }) {}

    static redis::options options_of(private_redis& at) {
        auto o = redis_options(at.url());
        o.connect_timeout = milliseconds{200};
        o.backoff_max = milliseconds{20};
        return o;
    }

    void tell(awaitable<void> (*story)(gated_story&)) {
        start(context.get_executor(), "redis client", guarded.run());
        run(context, story(*this), [&] { guarded.stop(); });
    }

    boost::asio::io_context context{1};
    private_redis& server;
    client guarded;
};

TEST_CASE("a client knows the identity of its server and that a restart changes it") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& redis) -> awaitable<void> {
                co_await connected(c);
                const auto first = c.identity();
                REQUIRE(first == field(redis, "server", "run_id") + ":" +
                                     field(redis, "replication", "master_replid"));
                REQUIRE(first.size() == 81);
                redis.restart();
                const bool noticed = co_await until([&c] { return !c.is_connected(); }, seconds{5});
                REQUIRE(noticed);
                REQUIRE(c.identity().empty());
                co_await connected(c);
                REQUIRE(c.identity().size() == 81);
                REQUIRE(c.identity() != first);
            },
            server);
}

TEST_CASE("a server that is not admitted is not read from") {
    private_redis server;
    gated_story(server).tell([](gated_story& s) -> awaitable<void> {
        const bool insisted = co_await until([&s] { return s.asked.size() >= 3; }, seconds{5});
        REQUIRE(insisted);
        REQUIRE_FALSE(s.guarded.is_connected());
        REQUIRE(s.guarded.last_failure() == "its data is not admitted yet");
        REQUIRE(s.guarded.stats().connections == 0);
        const auto refused = co_await ask(s.guarded, "GET", "k");
        REQUIRE(refused.error() == errc::unavailable);
        s.is_open = true;
        co_await connected(s.guarded);
        REQUIRE(s.asked.back() == s.guarded.identity());
        const auto answer = co_await ask(s.guarded, "GET", "k");
        REQUIRE(text(answer) == "(nil)");
    });
}

TEST_CASE("a gate that does not answer ends the attempt to connect") {
    private_redis server;
    gated_story(server).tell([](gated_story& s) -> awaitable<void> {
        s.is_silent = true;
        const bool insisted = co_await until([&s] { return s.asked.size() >= 2; }, seconds{5});
        REQUIRE(insisted);
        REQUIRE_FALSE(s.guarded.is_connected());
        s.is_silent = false;
        s.is_open = true;
        co_await connected(s.guarded);
    });
}

TEST_CASE("a server that hides its identity is admitted unasked") {
    private_redis server;
    server.command({"ACL", "SETUSER", "default", "-info"});
    gated_story(server).tell([](gated_story& s) -> awaitable<void> {
        co_await connected(s.guarded);
        REQUIRE(s.asked.empty());
        REQUIRE(s.guarded.identity().empty());
    });
}

TEST_CASE("a server that refuses writes is given up") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](client& c, private_redis& redis) -> awaitable<void> {
                co_await connected(c);
                redis.command({"REPLICAOF", "127.0.0.1", "1"});
                const auto refused = co_await ask(c, "SET", "k", "v");
                REQUIRE(refused.error() == errc::unavailable);
                const bool left = co_await until([&c] { return c.stats().connections == 2; }, seconds{5});
                REQUIRE(left);
                const redis::script writes("return redis.call('SET', KEYS[1], 'v')");
                const std::vector<std::string> keys{"k"};
                const std::vector<std::string> none;
                const auto in_script = co_await writes.run(c, keys, none, deadline::in(seconds{5}));
                REQUIRE(in_script.error() == errc::unavailable);
                redis.command({"REPLICAOF", "NO", "ONE"});
                const bool again = co_await until([&c] { return c.stats().connections >= 3; }, seconds{5});
                REQUIRE(again);
                co_await connected(c);
                const auto stored = co_await ask(c, "SET", "k", "v");
                REQUIRE(text(stored) == "OK");
            },
            server);
}

}  // namespace

}  // namespace weir::redis_identity_test
