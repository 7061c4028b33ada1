// What a request pays while Postgres is away, and how soon the pool is back.
#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_outage_test {

using namespace weir::test;
using postgres::pool;

namespace {

// Until the server has been found to be away, then: every request is refused within a few milliseconds.
awaitable<void> check_refused_at_once(pool& p) {
    const auto is_down = co_await becomes_true([&] { return !p.stats().is_up.load(); });
    REQUIRE(is_down);
    for (int i = 0; i < 50; ++i) {
        const auto start = steady_clock::now();
        const auto got = co_await ask(p, "select 1", soon());
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == errc::unavailable);
        CHECK(ms_since(start) < 50);
    }
}

awaitable<void> check_back_within_three_seconds(pool& p) {
    const auto start = steady_clock::now();
    const auto is_up = co_await becomes_true([&] { return p.stats().is_up.load(); });
    CHECK(is_up);
    CHECK(ms_since(start) < 3000);
    const auto got = co_await ask(p, "select 1", soon());
    CHECK(got.has_value());
}

awaitable<void> killed(private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    const auto first = co_await ask(p, "select 1", soon());
    REQUIRE(first.has_value());
    server.kill_hard();
    co_await check_refused_at_once(p);
    co_await sleep_for(milliseconds{1500});  // long enough that the backoff has grown to its cap
    server.restart();
    co_await check_back_within_three_seconds(p);
}

awaitable<void> killed_under_a_query(private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    auto got = co_await p.acquire(soon());
    REQUIRE(got.has_value());
    const auto ready = co_await (*got)->exec("select 1", soon());
    REQUIRE(ready.has_value());
    server.kill_hard();
    const auto start = steady_clock::now();
    const auto broken = co_await (*got)->exec("select 1", soon());
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error() == errc::unavailable);
    CHECK(ms_since(start) < 100);
}

awaitable<void> paused(private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    {
        const auto one = co_await p.acquire(soon());
        const auto other = co_await p.acquire(soon());
        REQUIRE((one.has_value() && other.has_value()));
    }
    REQUIRE(p.stats().idle == 2);
    server.pause();
    const auto late = co_await ask(p, "select 1", deadline::in(milliseconds{200}));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == errc::timeout);
    // One missed deadline, with no answer to another request since, is enough to ask whether the server is
    // there at all.
    const auto start = steady_clock::now();
    const auto next = co_await ask(p, "select 1", soon());
    REQUIRE_FALSE(next.has_value());
    CHECK(next.error() == errc::unavailable);
    CHECK(ms_since(start) < 1000);  // connect_timeout is 500
    co_await check_refused_at_once(p);
    server.resume();
    co_await check_back_within_three_seconds(p);
}

awaitable<void> begun_without_a_server(private_postgres& server) {
    server.kill_hard();
    pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    const auto start = steady_clock::now();
    const auto got = co_await ask(p, "select 1", soon());
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == errc::unavailable);
    CHECK(ms_since(start) < 500);
    server.restart();
    co_await check_back_within_three_seconds(p);
}

awaitable<void> one_slow_query(const private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 3));
    const auto late = co_await ask(p, "select pg_sleep(1)", deadline::in(milliseconds{100}));
    REQUIRE_FALSE(late.has_value());
    for (int i = 0; i < 20; ++i) {
        const auto got = co_await ask(p, "select 1", deadline::in(milliseconds{500}));
        CHECK(got.has_value());
    }
}

awaitable<void> too_many_clients(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 8));
    std::vector<postgres::loan> held;
    for (;;) {
        auto got = co_await p.acquire(deadline::in(milliseconds{200}));
        if (!got) break;
        held.push_back(std::move(*got));
    }
    REQUIRE(held.size() >= 2);
    REQUIRE(held.size() < 8);
    CHECK(p.stats().is_up);
    CHECK(p.stats().open_failures >= 1);
    const auto works = co_await held[0]->exec("select 1", soon());
    CHECK(works.has_value());
    held.pop_back();
    const auto next = co_await p.acquire(soon());
    CHECK(next.has_value());
}

}  // namespace

TEST_CASE("with postgres killed a request is refused at once and served again within 3 s of its return") {
    private_postgres server;
    boost::asio::io_context context;
    run(context, killed(server));
}

TEST_CASE("a query under way when postgres is killed is unavailable at once") {
    private_postgres server;
    boost::asio::io_context context;
    run(context, killed_under_a_query(server));
}

TEST_CASE(
    "with postgres paused requests are refused at once after the first missed deadline was looked into") {
    private_postgres server;
    boost::asio::io_context context;
    run(context, paused(server));
}

TEST_CASE("a pool that starts before its postgres finds it") {
    private_postgres server;
    boost::asio::io_context context;
    run(context, begun_without_a_server(server));
}

TEST_CASE("one slow query does not make postgres count as away") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, one_slow_query(server));
}

TEST_CASE("a postgres that refuses further clients is not away for those it serves") {
    const private_postgres server({"max_connections=5", "superuser_reserved_connections=0"});
    boost::asio::io_context context;
    run(context, too_many_clients(server));
}

}  // namespace weir::postgres_outage_test
