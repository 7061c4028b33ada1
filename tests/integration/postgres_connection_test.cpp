// One connection against a real server.
#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_connection_test {

using namespace weir::test;
using postgres::connection;
using postgres::conninfo;
using postgres::step;

namespace {

const std::string plus = "plus";
const std::string plus_sql = "select $1::int + $2::int, $3::text";

awaitable<void> values_and_nulls(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    for (int round = 0; round < 2; ++round) {  // prepared in the first, used in the second
        std::vector<postgres::sql_text> values{"2", "40", std::nullopt};
        const auto got = co_await c.query(plus, plus_sql, std::move(values), soon());
        REQUIRE(got.has_value());
        REQUIRE(got->rows.size() == 1);
        CHECK(got->rows[0][0] == "42");
        CHECK_FALSE(got->rows[0][1]);
        CHECK(c.is_reusable());
    }
    const auto gone = co_await c.exec("create temp table t (a int); insert into t values (1), (2)", soon());
    REQUIRE(gone.has_value());
    CHECK(gone->affected == 2);
}

awaitable<void> unreachable(std::string url, errc expected, deadline until) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), until);
    REQUIRE_FALSE(connected.has_value());
    CHECK(connected.error() == expected);
    CHECK_FALSE(c.is_open());
}

awaitable<void> refusals(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    const auto made =
        co_await c.exec("create table u (id int primary key, n int check (n > 0), s varchar(3))", soon());
    REQUIRE(made.has_value());
    const std::vector<std::tuple<std::string, errc, std::string>> cases{
        {"insert into u values (1, 1, 'a'), (1, 1, 'a')", errc::conflict, "23505"},
        {"insert into u values (2, 0, 'a')", errc::constraint, "23514"},
        {"insert into u values (2, 1, 'abcd')", errc::constraint, "22001"},
        {"select 'x'::int", errc::malformed, "22P02"},
        {"select 1 / 0", errc::constraint, "22012"},
        {"select nonsense", errc::rejected, "42703"},
        {"set statement_timeout = 20; select pg_sleep(1)", errc::timeout, "57014"},
    };
    for (const auto& [sql, expected, sqlstate] : cases) {
        const auto refused = co_await c.exec(sql, soon());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == expected);
        CHECK(c.last_error().sqlstate == sqlstate);
        CHECK(c.is_reusable());
    }
}

awaitable<void> broken_batch(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    const auto made = co_await c.exec("create table b (id int primary key)", soon());
    REQUIRE(made.has_value());
    const std::string insert = "insert";
    const std::string insert_sql = "insert into b values ($1::int)";
    const std::vector<step> steps{
        {insert, insert_sql, {"1"}}, {insert, insert_sql, {"1"}}, {insert, insert_sql, {"2"}}};
    const auto refused = co_await c.batch(steps, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::conflict);
    CHECK(c.is_reusable());
    const auto count = co_await c.exec("select count(*) from b", soon());
    REQUIRE(count.has_value());
    CHECK(count->rows[0][0] == "0");
    const std::vector<step> good{{insert, insert_sql, {"1"}}, {insert, insert_sql, {"2"}}};
    const auto done = co_await c.batch(good, soon());
    REQUIRE(done.has_value());
    CHECK(done->size() == 2);
}

awaitable<void> long_names(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    for (int round = 0; round < 2; ++round) {
        for (const char* end : {"1", "2"}) {
            const std::string name = std::string(70, 'n') + end;
            const std::string sql = std::string("select ") + end;
            const auto got = co_await c.query(name, sql, {}, soon());
            REQUIRE(got.has_value());
            CHECK(got->rows.at(0).at(0) == end);
        }
    }
}

awaitable<void> stale_plans(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    const std::string name = "all_of_s";
    const std::string sql = "select * from s";
    for (const char* change :
         {"create table s (a int); insert into s values (1)",
          "alter table s add column b text default 'x'",  // "must not change result type"
          "discard all"}) {                               // "does not exist"
        const auto changed = co_await c.exec(change, soon());
        REQUIRE(changed.has_value());
        const auto got = co_await c.query(name, sql, {}, soon());
        REQUIRE(got.has_value());
        CHECK(got->rows.size() == 1);
    }
    // Inside a transaction there is no second try, and the connection is not for the next user.
    for (const char* change : {"begin", "alter table s add column c int"}) {
        const auto changed = co_await c.exec(change, soon());
        REQUIRE(changed.has_value());
    }
    const auto refused = co_await c.query(name, sql, {}, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::unavailable);
    const auto back = co_await c.exec("rollback", soon());
    REQUIRE(back.has_value());
    CHECK_FALSE(c.is_reusable());
}

awaitable<void> large(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    const std::string name = "echo";
    const std::string sql = "select $1::text";
    const std::string text(4'000'000, 'x');
    const std::vector<step> steps{{name, sql, {text}}, {name, sql, {text}}, {name, sql, {text}}};
    const auto got = co_await c.batch(steps, soon());
    REQUIRE(got.has_value());
    for (const auto& t : *got) CHECK(t.rows[0][0] == text);
}

awaitable<void> missed_deadline(std::string url) {
    connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(conninfo::parse(url), soon());
    REQUIRE(connected.has_value());
    const auto late = co_await c.exec("select pg_sleep(0.3)", deadline::in(milliseconds{50}));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == errc::timeout);
    CHECK(c.is_busy());
    CHECK_FALSE(c.is_reusable());
    const auto next = co_await c.exec("select 1", soon());
    REQUIRE_FALSE(next.has_value());
    CHECK(next.error() == errc::unavailable);
    co_await c.drain(soon());
    const auto before =
        co_await c.exec("select 1", deadline{steady_clock::now()});  // nothing may be sent any more
    CHECK_FALSE(before.has_value());
}

}  // namespace

TEST_CASE("postgres connection gives values and nulls over tcp and a unix socket") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, values_and_nulls(server.url()));
    run(context, values_and_nulls(server.socket_url()));
    run(context, values_and_nulls("host=localhost port=" + std::to_string(server.port()) +
                                  " user=postgres dbname=postgres"));
}

// libpq opens a second socket on the way, often under the number of the first.
TEST_CASE("postgres connection goes on to the next host when one refuses") {
    const private_postgres server;
    boost::asio::io_context context;
    const std::string port = std::to_string(server.port());
    run(context, values_and_nulls("host=127.0.0.1,127.0.0.1 user=postgres dbname=postgres port=" +
                                  std::to_string(free_port()) + ',' + port));
    run(context,
        values_and_nulls("host=no-such-host.invalid,localhost user=postgres dbname=postgres port=1," + port));
}

TEST_CASE("postgres connection to nowhere fails at once and to a black hole by its deadline") {
    private_postgres server;
    boost::asio::io_context context;
    run(context, unreachable(server.url() + "_no_such", errc::unavailable, soon()));
    run(context,
        unreachable("host=no-such-host.invalid user=postgres", errc::unavailable, deadline::in(seconds{30})));
    server.pause();
    run(context, unreachable(server.url(), errc::timeout, deadline::in(milliseconds{100})));
    server.resume();
    server.kill_hard();
    run(context, unreachable(server.url(), errc::unavailable, soon()));
}

TEST_CASE("postgres refusals come out in the one vocabulary and leave the connection usable") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, refusals(server.url()));
}

TEST_CASE("a postgres batch outside a transaction is all or nothing") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, broken_batch(server.url()));
}

TEST_CASE("plans that the server lost or outdated are made anew once outside a transaction") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, stale_plans(server.url()));
}

TEST_CASE("large values go out while large replies come in") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, large(server.url()));
}

TEST_CASE("a postgres query that misses its deadline leaves the connection busy") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, missed_deadline(server.socket_url()));
}

TEST_CASE("statements whose long names begin alike are not taken for one") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, long_names(server.url()));
}

}  // namespace weir::postgres_connection_test
