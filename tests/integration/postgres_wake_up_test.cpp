// LISTEN as a wake-up: heard at once, heard again after every kind of loss.
#include "weir/adapters/postgres_wake_up.hpp"

#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_wake_up_test {

using namespace weir::test;

namespace {

void open_shop(const private_postgres& server) {
    server.query("create table items (id text)");
    server.query(migration_script(declaring({{"items", {"id"}}})));
}

wake_up_options options_on(const private_postgres& server) {
    wake_up_options options;
    options.to = postgres::conninfo::parse(server.url());
    options.connect_timeout = milliseconds{500};
    options.quiet_max = milliseconds{200};
    options.answer_timeout = milliseconds{200};
    options.reconnect_first = milliseconds{20};
    options.reconnect_most = milliseconds{100};
    return options;
}

using wake_up_story = awaitable<void> (*)(private_postgres&, postgres_wake_up&, const int& wakes);

awaitable<void> told(private_postgres& server, wake_up_story story) {
    const auto executor = co_await boost::asio::this_coro::executor;
    int wakes = 0;
    postgres_wake_up listener(executor, options_on(server), [&wakes] { ++wakes; });
    bool is_over = false;
    const auto running = [](postgres_wake_up& l, bool& over) -> awaitable<void> {
        co_await l.run();
        over = true;
    };
    start(executor, "wake_up", running(listener, is_over));
    const auto is_up = co_await becomes_true([&] { return listener.is_listening(); });
    CHECK(is_up);
    co_await story(server, listener, wakes);
    listener.stop();
    const auto has_ended = co_await becomes_true([&] { return is_over; });
    CHECK(has_ended);
    CHECK_FALSE(listener.is_listening());
}

void tell(wake_up_story story) {
    private_postgres server;
    open_shop(server);
    boost::asio::io_context context;
    run(context, told(server, story));
}

awaitable<void> wakes_by(const private_postgres& server, const int& wakes, std::string sql) {
    const int before = wakes;
    server.query(sql);
    const auto is_woken = co_await becomes_true([&] { return wakes > before; });
    CHECK(is_woken);
}

awaitable<void> every_writer(private_postgres& server, postgres_wake_up&, const int& wakes) {
    CHECK(wakes == 1);  // at the start: something may have been recorded before
    co_await wakes_by(server, wakes, "insert into items values ('a')");
    co_await wakes_by(server, wakes, "copy items from program 'echo b'");
    co_await wakes_by(server, wakes, "truncate items");
    const int before = wakes;
    server.query(
        "begin; select set_config('weir.due_in', '400 ms', true); insert into items values ('c'); commit");
    server.query("insert into items select 'd' where false; begin; insert into items values ('e'); rollback");
    co_await wakes_by(server, wakes, "insert into items values ('f')");
    CHECK(wakes == before + 1);  // those two sent no wake-up
}

awaitable<void> terminated(private_postgres& server, postgres_wake_up& listener, const int& wakes) {
    for (int i = 0; i < 3; ++i) {
        co_await wakes_by(
            server, wakes,
            "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen \"weir_outbox\"' "
            "or application_name = 'weir'");
        const auto is_up = co_await becomes_true([&] { return listener.is_listening(); });
        CHECK(is_up);
        co_await wakes_by(server, wakes, "insert into items values ('a')");
    }
}

awaitable<void> restarted(private_postgres& server, postgres_wake_up& listener, const int& wakes) {
    server.kill_hard();
    const auto is_down = co_await becomes_true([&] { return !listener.is_listening(); });
    CHECK(is_down);
    const int before = wakes;
    server.restart();
    const auto is_woken = co_await becomes_true([&] { return wakes > before; });
    CHECK(is_woken);
    co_await wakes_by(server, wakes, "insert into items values ('a')");
}

// The kernel still acknowledges for it, so no keepalive finds out.
awaitable<void> silent(private_postgres& server, postgres_wake_up& listener, const int& wakes) {
    server.pause();
    const auto is_down = co_await becomes_true([&] { return !listener.is_listening(); });
    CHECK(is_down);
    const int before = wakes;
    server.resume();
    const auto is_woken = co_await becomes_true([&] { return wakes > before; });
    CHECK(is_woken);
    co_await wakes_by(server, wakes, "insert into items values ('a')");
}

awaitable<void> stays(private_postgres& server, postgres_wake_up& listener, const int& wakes) {
    const auto pid = "select pid from pg_stat_activity where application_name = 'weir'";
    const auto before = server.query(pid);
    const auto is_asked = co_await becomes_true([&] {
        return server.query(
                   "select count(*) from pg_stat_activity where query = $$select 'awake'$$ and pid = " +
                   before) == "1";
    });
    CHECK(is_asked);
    CHECK(server.query(pid) == before);
    CHECK(listener.is_listening());
    CHECK(wakes == 1);
    co_await wakes_by(server, wakes, "insert into items values ('a')");
}

awaitable<void> many(const private_postgres& server) {
    postgres::connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto listening = co_await c.exec("listen a; listen b", soon());
    REQUIRE(listening.has_value());
    server.query("select pg_notify('a', n::text) from generate_series(1, 50) n; notify b");
    // They arrive together with the reply of something else.
    const auto answered = co_await c.exec("select 1", soon());
    REQUIRE(answered.has_value());
    std::size_t heard = 0;
    while (heard < 51) {
        const auto some = co_await c.notifications(soon());
        REQUIRE(some.has_value());
        REQUIRE(*some > 0);
        heard += *some;
    }
    CHECK(heard == 51);
    const auto none = co_await c.notifications(deadline::in(milliseconds{20}));
    REQUIRE(none.has_value());
    CHECK(*none == 0);
    CHECK(c.is_reusable());
    server.query("select pg_terminate_backend(" + std::to_string(c.backend_pid()) + ")");
    const auto gone = co_await c.notifications(soon());
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error() == errc::unavailable);
    CHECK_FALSE(c.is_open());
}

}  // namespace

TEST_CASE("a listener is woken by every other writer and not by weir's own") {
    tell(every_writer);
}

TEST_CASE("a listener that was terminated wakes once more and listens again") {
    tell(terminated);
}

TEST_CASE("a listener listens again after postgres was killed") {
    tell(restarted);
}

TEST_CASE("a listener notices a server that says nothing any more") {
    tell(silent);
}

TEST_CASE("a quiet listener asks its server and stays") {
    tell(stays);
}

TEST_CASE("a connection takes in all notifications and tells a quiet time from a loss") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, many(server));
}

TEST_CASE("a listener whose server is away can be stopped") {
    private_postgres server;
    auto options = options_on(server);
    server.kill_hard();
    boost::asio::io_context context;
    struct story {
        static awaitable<void> stop(postgres_wake_up& l) {
            co_await sleep_for(milliseconds{30});
            l.stop();
        }
    };
    postgres_wake_up listener(context.get_executor(), options, [] { FAIL("there is nothing to hear"); });
    start(context.get_executor(), "stop", story::stop(listener));
    run(context, listener.run());
}

}  // namespace weir::postgres_wake_up_test
