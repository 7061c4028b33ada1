// The pool against a real server: its bound, its queue, what it does with connections that are no longer
// good.
#include "postgres_story.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <vector>

namespace weir::postgres_pool_test {

using namespace weir::test;
using postgres::pool;

namespace {

const std::string backends_of_weir =
    "select count(*) from pg_stat_activity where application_name = 'weir' and backend_type = 'client "
    "backend'";

struct tally {
    std::size_t done = 0;
    std::size_t timeouts = 0;
    std::size_t overloaded = 0;
    std::size_t others = 0;
    std::size_t all() const { return done + timeouts + overloaded + others; }
};

awaitable<void> one_request(pool& from, std::string sql, milliseconds budget, tally& count) {
    const auto got = co_await ask(from, std::move(sql), deadline::in(budget));
    if (got) {
        ++count.done;
    } else if (got.error() == errc::timeout) {
        ++count.timeouts;
    } else if (got.error() == errc::overloaded) {
        ++count.overloaded;
    } else {
        ++count.others;
    }
}

awaitable<void> load_the_server(const private_postgres& server, std::string sql, milliseconds budget,
                                tally& count, std::size_t& most_seen) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 3, 100));
    for (int i = 0; i < 60; ++i) start(executor, "request", one_request(p, sql, budget, count));
    const auto until = soon();
    while (count.all() < 60 && !until.passed()) {
        most_seen = std::max<std::size_t>(most_seen, std::stoul(server.query(backends_of_weir)));
        co_await sleep_for(milliseconds{2});
    }
}

awaitable<void> full_queue(const private_postgres& server, tally& count) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1, 2));
    const auto is_up = co_await becomes_true([&] { return p.stats().is_up.load(); });
    REQUIRE(is_up);
    for (int i = 0; i < 5; ++i)
        start(executor, "request", one_request(p, "select pg_sleep(0.1)", seconds{2}, count));
    const auto is_waiting =
        co_await becomes_true([&] { return p.stats().waiting == 2 && count.overloaded == 2; });
    CHECK(is_waiting);
    co_await becomes_true([&] { return count.all() == 5; });
    CHECK(count.done == 3);
}

awaitable<void> waits_no_longer_than_its_deadline(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1));
    auto held = co_await p.acquire(soon());
    REQUIRE(held.has_value());
    const auto start = steady_clock::now();
    const auto late = co_await p.acquire(deadline::in(milliseconds{50}));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == errc::timeout);
    CHECK(ms_since(start) < 1000);
    CHECK(p.stats().waiting == 0);
}

awaitable<void> slow_query_is_not_reused(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 2));
    int slow_pid = 0;
    {
        auto got = co_await p.acquire(soon());
        REQUIRE(got.has_value());
        slow_pid = (*got)->backend_pid();
        const auto start = steady_clock::now();
        const auto late = co_await (*got)->exec("select pg_sleep(1)", deadline::in(milliseconds{100}));
        REQUIRE_FALSE(late.has_value());
        CHECK(late.error() == errc::timeout);
        CHECK(ms_since(start) < 900);
    }
    CHECK(p.stats().draining == 1);
    auto other = co_await p.acquire(soon());
    REQUIRE(other.has_value());
    CHECK((*other)->backend_pid() != slow_pid);
    const auto third =
        co_await p.acquire(deadline::in(milliseconds{50}));  // its slot is taken until the server is done
    REQUIRE_FALSE(third.has_value());
    CHECK(third.error() == errc::timeout);
    const auto is_drained = co_await becomes_true([&] { return p.stats().draining == 0; });
    CHECK(is_drained);
    auto last = co_await p.acquire(soon());
    REQUIRE(last.has_value());
    CHECK((*last)->backend_pid() != slow_pid);
    CHECK(p.stats().missed_deadlines == 1);
}

awaitable<void> left_in_a_transaction(const private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const auto begun = co_await ask(p, "begin; create table half (a int)", soon());
    REQUIRE(begun.has_value());
    const auto next = co_await ask(p, "select to_regclass('half') is null", soon());
    REQUIRE(next.has_value());
    CHECK(next->rows[0][0] == "t");
    CHECK(p.stats().opened == 2);
}

awaitable<void> terminated_while_idle(const private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 2));
    for (int i = 0; i < 20; ++i) {
        const auto got = co_await ask(p, "select 1", soon());
        REQUIRE(got.has_value());
        server.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'weir'");
        const auto is_seen =
            co_await becomes_true([&] { return p.stats().opened >= static_cast<unsigned>(i) + 2; });
        REQUIRE(is_seen);  // noticed and replaced without a request
    }
}

awaitable<void> wait_for_connection(pool& from, error_code& outcome, bool& is_over) {
    auto got = co_await from.acquire(soon());
    if (!got) outcome = got.error();
    is_over = true;
}

awaitable<void> use_connection(pool& from, error_code& outcome, bool& is_over) {
    const auto got = co_await ask(from, "select pg_sleep(3)", soon());
    if (!got) outcome = got.error();
    is_over = true;
}

awaitable<void> stopped(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1));
    std::vector<error_code> outcomes(2);
    bool is_used_over = false;
    bool is_wait_over = false;
    start(executor, "user", use_connection(p, outcomes[0], is_used_over));
    const auto is_used = co_await becomes_true([&] { return p.stats().in_use == 1; });
    REQUIRE(is_used);
    start(executor, "waiter", wait_for_connection(p, outcomes[1], is_wait_over));
    const auto is_waiting = co_await becomes_true([&] { return p.stats().waiting == 1; });
    REQUIRE(is_waiting);
    const auto begin = steady_clock::now();
    p.stop();
    const auto is_over = co_await becomes_true([&] { return is_used_over && is_wait_over; });
    CHECK(is_over);
    CHECK(ms_since(begin) < 1000);
    CHECK(outcomes[0] == errc::cancelled);
    CHECK(outcomes[1] == errc::cancelled);
    const auto after = co_await p.acquire(soon());
    REQUIRE_FALSE(after.has_value());
    CHECK(after.error() == errc::cancelled);
}

awaitable<result<postgres::table>> slow(pool& from) {
    co_return co_await ask(from, "select pg_sleep(0.3)", soon());
}

awaitable<void> cancelled_user(const private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const auto is_up = co_await becomes_true([&] { return p.stats().is_up.load(); });
    REQUIRE(is_up);
    auto work = slow(p);
    const auto cut = co_await bounded(std::move(work), deadline::in(milliseconds{50}));
    REQUIRE_FALSE(cut.has_value());
    CHECK(p.stats().draining == 1);
    auto waiting = slow(p);  // waits for the slot, then is cancelled there
    const auto also_cut = co_await bounded(std::move(waiting), deadline::in(milliseconds{20}));
    REQUIRE_FALSE(also_cut.has_value());
    CHECK(p.stats().waiting == 0);
    const auto got = co_await ask(p, "select 1", soon());
    CHECK(got.has_value());
}

}  // namespace

TEST_CASE("postgres never sees more than the pool's size under load") {
    const private_postgres server;
    boost::asio::io_context context;
    tally count;
    std::size_t most_seen = 0;
    run(context, load_the_server(server, "select pg_sleep(0.01)", seconds{5}, count, most_seen));
    CHECK(count.done == 60);
    CHECK(most_seen >= 2);
    CHECK(most_seen <= 3);
}

TEST_CASE("postgres never sees more than the pool's size when every query misses its deadline") {
    const private_postgres server;
    boost::asio::io_context context;
    tally count;
    std::size_t most_seen = 0;
    run(context, load_the_server(server, "select pg_sleep(0.4)", milliseconds{1000}, count, most_seen));
    CHECK(count.done >= 3);
    CHECK(count.timeouts >= 40);
    CHECK(most_seen <= 4);  // the one more proves that the server is there and runs nothing
}

TEST_CASE("requests beyond the pool's queue are refused as overloaded") {
    const private_postgres server;
    boost::asio::io_context context;
    tally count;
    run(context, full_queue(server, count));
}

TEST_CASE("waiting for a pooled connection ends by the request's deadline") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, waits_no_longer_than_its_deadline(server));
}

TEST_CASE(
    "a pooled connection that missed a deadline keeps its slot until the server is done and is not reused") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, slow_query_is_not_reused(server));
}

TEST_CASE("a pooled connection that comes back inside a transaction is closed") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, left_in_a_transaction(server));
}

TEST_CASE("a terminated idle connection is noticed and replaced before a request needs it") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, terminated_while_idle(server));
}

TEST_CASE("stopping the pool cancels who waits and who works") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, stopped(server));
}

TEST_CASE("a cancelled query or wait loses no slot of the pool") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, cancelled_user(server));
}

}  // namespace weir::postgres_pool_test
