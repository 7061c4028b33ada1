// The bus's registry on a Redis that comes back with the past.
#include "weir/adapters/redis_bus.hpp"

#include "redis_story.hpp"
#include "support/soon.hpp"

#include <string>
#include <vector>

namespace weir::redis_bus_test {
namespace {

using namespace weir::test;
using names = std::vector<std::string>;

// A node that joined after the dump was written is missing from it, and still trusts its L1.
TEST_CASE("a registry that a restart brings back from a dump is begun anew") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](redis::client& c, private_redis& at) -> awaitable<void> {
                co_await connected(c);
                redis::subscriber ear(co_await boost::asio::this_coro::executor, redis_options(at.url()));
                redis_bus bus(c, ear, "weir:v1");
                const names none;
                co_await bus.join("n1", seconds{60}, soon());
                const auto numbered = co_await bus.announce("n1", none, none, soon());
                REQUIRE(numbered->sequence == 1);
                at.command({"SAVE"});
                co_await bus.join("n2", seconds{60}, soon());
                const auto before = co_await bus.announce("n1", none, none, soon());
                REQUIRE(before->live.size() == 2);

                at.restart();
                const bool noticed = co_await until([&c] { return !c.is_connected(); }, seconds{5});
                REQUIRE(noticed);
                co_await connected(c);
                REQUIRE(at.command({"HEXISTS", "weir:registry:{weir:v1}", "node:n1"}) == "1");
                const auto after = co_await bus.announce("n1", none, none, soon());
                REQUIRE(after.has_value());
                REQUIRE(after->live.empty());
                REQUIRE(after->registry_age < milliseconds{1000});
            },
            server);
}

TEST_CASE("a registry with times in the future is begun anew") {
    private_redis server;
    redis_story(server.url())
        .tell(
            [](redis::client& c, private_redis& at) -> awaitable<void> {
                co_await connected(c);
                redis::subscriber ear(co_await boost::asio::this_coro::executor, redis_options(at.url()));
                redis_bus bus(c, ear, "weir:v1");
                const names none;
                co_await bus.join("n1", seconds{60}, soon());
                at.command({"HSET", "weir:registry:{weir:v1}", "since", "9999999999999"});
                const auto renewed = co_await bus.join("n1", seconds{60}, soon());
                REQUIRE_FALSE(renewed->was_member);
                const auto announced = co_await bus.announce("n1", none, none, soon());
                REQUIRE(announced->registry_age >= milliseconds{0});
                REQUIRE(announced->live.size() == 1);
            },
            server);
}

}  // namespace

}  // namespace weir::redis_bus_test
