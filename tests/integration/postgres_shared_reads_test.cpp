// Reads that are sent in batches, against a real server.
#include "weir/postgres/shared_reads.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::postgres_shared_reads_test {

using namespace weir::test;
using postgres::pool;
using postgres::shared_reads;
using postgres::table;

namespace {

// On a busy machine quick statements take longer, and must be sent together all the same.
constexpr microseconds patient = seconds{10};

const std::string twice = "twice";
const std::string twice_sql = "select ($1::int * 2)::text";
const std::string nap = "nap";
const std::string nap_sql = "select pg_sleep($1::float8)::text";
const std::string hold = "hold";  // sleeps, too; what it takes is not held against `nap`

struct reader {
    std::optional<result<table>> outcome;
};
using readers = std::vector<reader>;

std::size_t over(const readers& all) {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const reader& r) { return r.outcome.has_value(); }));
}

std::string text(const reader& r) {
    if (!r.outcome) return "nothing yet";
    if (!*r.outcome) return r.outcome->error().message();
    return (**r.outcome).rows[0][0].value_or("null");
}

awaitable<void> read(shared_reads& from, const std::string& name, const std::string& sql, std::string value,
                     deadline until, reader& into) {
    std::vector<postgres::sql_text> values{std::move(value)};
    into.outcome = co_await from.query(name, sql, std::move(values), until);
}

awaitable<void> read_all(shared_reads& from, const std::string& name, const std::string& sql,
                         std::vector<std::string> values, readers& into) {
    const auto executor = co_await boost::asio::this_coro::executor;
    for (std::size_t i = 0; i < values.size(); ++i)
        start(executor, "reader", read(from, name, sql, values[i], soon(), into[i]));
    const auto is_over = co_await becomes_true([&] { return over(into) == values.size(); });
    CHECK(is_over);
}

// Lets the queue learn that the statement is quick: only then are its reads sent together.
awaitable<void> acquaint(shared_reads& from, const std::string& name, const std::string& sql) {
    readers one(1);
    std::vector<std::string> values{"0"};
    co_await read_all(from, name, sql, std::move(values), one);
    REQUIRE(one[0].outcome->has_value());
}

std::vector<std::string> numbers(int count) {
    std::vector<std::string> made;
    for (int i = 0; i < count; ++i) made.push_back(std::to_string(i));
    return made;
}

// How many statements of this kind began in how many transactions: pg_stat_statements is not there, so the
// statement itself leaves a trace.
const std::string traced = "traced";
const std::string traced_sql = "select trace($1::int)";
const std::string make_trace =
    "create table traces (id int, at timestamptz); create function trace(id int) returns text language sql "
    "as $$ insert into traces values (id, now()) returning id::text $$";

awaitable<void> share_batches(const private_postgres& server) {
    server.query(make_trace);
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 2, 100));
    shared_reads reads(p, patient);
    co_await acquaint(reads, traced, traced_sql);
    readers all(64);
    co_await read_all(reads, traced, traced_sql, numbers(64), all);
    for (int i = 0; i < 64; ++i) CHECK(text(all[i]) == std::to_string(i));  // each got its own
    // now() is the start of the transaction, and each batch is one transaction.
    const auto batches = std::stoi(server.query("select count(distinct at) from traces"));
    CHECK(batches < 32);
    CHECK(reads.waiting() == 0);
}

awaitable<void> refuse_one(const private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 1, 100));
    shared_reads reads(p, patient);
    co_await acquaint(reads, twice, twice_sql);
    auto values = numbers(30);
    values[7] = "seven";
    values[20] = "2147483647";  // out of range, found out while it runs
    readers all(30);
    co_await read_all(reads, twice, twice_sql, values, all);
    for (int i = 0; i < 30; ++i) {
        if (i == 7 || i == 20) {
            CHECK(all[i].outcome->error() == errc::malformed);
        } else {
            CHECK(text(all[i]) == std::to_string(2 * i));
        }
    }
    CHECK(p.stats().opened == 1);
}

// One of several is late: its caller leaves, the others of its batch get their answers, and so does a read
// that comes later on the same connection.
awaitable<void> one_is_late(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1, 100));
    shared_reads reads(p, patient);
    co_await acquaint(reads, nap, nap_sql);
    readers all(3);
    start(executor, "first", read(reads, hold, nap_sql, "0.1", soon(), all[0]));  // keeps the connection
    const auto is_used = co_await becomes_true([&] { return p.stats().in_use == 1; });
    REQUIRE(is_used);
    start(executor, "late", read(reads, nap, nap_sql, "1.7", deadline::in(milliseconds{1500}), all[1]));
    start(executor, "patient", read(reads, nap, nap_sql, "0", soon(), all[2]));
    const auto is_over = co_await becomes_true([&] { return over(all) == 3; });
    CHECK(is_over);
    CHECK(all[0].outcome->has_value());
    CHECK(all[1].outcome->error() == errc::timeout);
    CHECK(all[2].outcome->has_value());
    CHECK(p.stats().opened == 1);
    CHECK(p.stats().missed_deadlines == 0);
}

// All of a batch are late: the connection is not used again before the server is done.
awaitable<void> all_are_late(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1, 100));
    shared_reads reads(p, patient);
    co_await acquaint(reads, nap, nap_sql);
    readers all(1);
    start(executor, "late", read(reads, nap, nap_sql, "0.4", deadline::in(milliseconds{100}), all[0]));
    const auto is_over = co_await becomes_true([&] { return over(all) == 1; });
    CHECK(is_over);
    CHECK(all[0].outcome->error() == errc::timeout);
    const auto is_draining = co_await becomes_true([&] { return p.stats().draining == 1; });
    CHECK(is_draining);
    CHECK(p.stats().missed_deadlines == 1);
    co_await acquaint(reads, twice, twice_sql);
    CHECK(p.stats().opened > 1);  // not on the connection that was late
}

const std::string end_backends =
    "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'weir'";

awaitable<void> die_in_use(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1, 100));
    shared_reads reads(p, patient);
    readers all(2);
    start(executor, "first", read(reads, nap, nap_sql, "3", soon(), all[0]));
    start(executor, "second", read(reads, nap, nap_sql, "0", soon(), all[1]));
    const auto is_used = co_await becomes_true([&] {
        return server.query("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == "1";
    });
    REQUIRE(is_used);
    server.query(end_backends);
    const auto is_over = co_await becomes_true([&] { return over(all) == 2; });
    CHECK(is_over);
    CHECK(all[0].outcome->error() == errc::unavailable);
    CHECK(all[1].outcome->has_value());  // was still in the queue: the next connection took it
}

awaitable<void> full_queue(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1, 2));
    shared_reads reads(p, patient);
    co_await acquaint(reads, nap, nap_sql);
    readers all(5);
    start(executor, "first", read(reads, nap, nap_sql, "0.2", soon(), all[0]));
    const auto is_used = co_await becomes_true([&] { return p.stats().in_use == 1; });
    REQUIRE(is_used);
    for (int i = 1; i < 5; ++i) start(executor, "next", read(reads, nap, nap_sql, "0", soon(), all[i]));
    const auto is_over = co_await becomes_true([&] { return over(all) == 5; });
    CHECK(is_over);
    for (int i = 0; i < 3; ++i) CHECK(all[i].outcome->has_value());
    for (int i = 3; i < 5; ++i) CHECK(all[i].outcome->error() == errc::overloaded);
}

awaitable<void> stopped(const private_postgres& server) {
    const auto executor = co_await boost::asio::this_coro::executor;
    pool p(executor, pool_on(server, 1, 8));
    readers all(2);
    {
        shared_reads reads(p, patient);
        start(executor, "first", read(reads, nap, nap_sql, "3", soon(), all[0]));
        start(executor, "second", read(reads, nap, nap_sql, "0", soon(), all[1]));
        const auto is_waiting =
            co_await becomes_true([&] { return p.stats().in_use == 1 && reads.waiting() == 1; });
        REQUIRE(is_waiting);
        p.stop();
        const auto is_over = co_await becomes_true([&] { return over(all) == 2; });
        CHECK(is_over);
    }
    CHECK(all[0].outcome->error() == errc::cancelled);
    CHECK(all[1].outcome->error() == errc::cancelled);
}

awaitable<result<table>> ask_once(shared_reads& from) {
    std::vector<postgres::sql_text> values{"0.3"};
    co_return co_await from.query(nap, nap_sql, std::move(values), soon());
}

awaitable<void> cancelled(const private_postgres& server) {
    pool p(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    shared_reads reads(p, patient);
    co_await acquaint(reads, twice, twice_sql);
    auto asking = ask_once(reads);
    const auto cut = co_await bounded(std::move(asking), deadline::in(milliseconds{50}));
    REQUIRE_FALSE(cut.has_value());
    co_await acquaint(reads, twice, twice_sql);
    CHECK(p.stats().opened == 1);  // its statement ran to its end, and the connection goes on
}

}  // namespace

TEST_CASE("reads that wait for a connection share batches and each gets its own answer") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, share_batches(server));
}

TEST_CASE("a refused read does not touch the others of its batch") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, refuse_one(server));
}

TEST_CASE("a late read does not take the answers of the others of its batch") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, one_is_late(server));
}

TEST_CASE("a batch that missed its deadline keeps its connection until the server is done") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, all_are_late(server));
}

TEST_CASE("a connection that dies ends its batch and no read in the queue") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, die_in_use(server));
}

TEST_CASE("the queue of reads is no longer than the pool's queue") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, full_queue(server));
}

TEST_CASE("stopping the pool ends the reads in the queue and under way as cancelled") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, stopped(server));
}

TEST_CASE("a cancelled read leaves at once and costs no connection") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, cancelled(server));
}

}  // namespace weir::postgres_shared_reads_test
