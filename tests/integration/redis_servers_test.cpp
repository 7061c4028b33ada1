// The fixtures that every other integration test stands on.
#include "support/catch.hpp"
#include "support/servers.hpp"

#include <csignal>
#include <stop_token>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace weir::redis_servers_test {
namespace {

using weir::test::private_postgres;
using weir::test::private_redis;

TEST_CASE("a private redis starts answers and comes back on its port after a hard kill") {
    private_redis redis;
    REQUIRE(redis.command({"SET", "k", "v"}) == "OK");
    const auto port = redis.port();
    redis.kill_hard();
    REQUIRE_FALSE(redis.is_running());
    REQUIRE_THROWS(redis.command({"PING"}));
    redis.restart();
    REQUIRE(redis.port() == port);
    REQUIRE(redis.command({"GET", "k"}) == "(nil)");
}

TEST_CASE("a private redis with an ACL user refuses others") {
    private_redis redis({.user = "weir", .password = "s3cret", .extra = {}});
    REQUIRE(redis.command({"ACL", "WHOAMI"}) == "weir");
    REQUIRE(redis.url(2) == "redis://weir:s3cret@" + redis.address() + "/2");
}

// A process that ends while /proc is read has no state there; that once ended the test program.
TEST_CASE("a private server is paused and resumed while other processes end") {
    private_redis redis;
    std::jthread others([](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const pid_t other = fork();
            if (other == 0) _exit(0);
            waitpid(other, nullptr, 0);
        }
    });
    for (int i = 0; i < 300; ++i) {
        redis.pause();
        redis.resume();
    }
    CHECK(redis.command({"PING"}) == "PONG");
}

TEST_CASE("a private postgres keeps its data over a hard kill and a pause") {
    private_postgres postgres;
    postgres.query("create table t (n int); insert into t values (7)");
    postgres.kill_hard();
    postgres.restart();
    REQUIRE(postgres.query("select n from t") == "7");
    postgres.pause();
    postgres.resume();
    REQUIRE(postgres.query("select n from t") == "7");
    REQUIRE_THROWS(postgres.query("select nonsense"));
}

}  // namespace

}  // namespace weir::redis_servers_test
