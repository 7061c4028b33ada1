// Installing, reinstalling and refusing to install the schema weir.
#include "weir/adapters/postgres_migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

#include <thread>

using namespace weir;
using namespace weir::test;

namespace {

policy with(std::vector<std::pair<std::string, std::vector<std::string>>> tables) {
    policy p;
    for (auto& [table, columns] : tables) {
        change c;
        c.table = table;
        for (auto& column : columns) c.columns.push_back({.name = column, .rule = {}});
        p.changes.push_back(std::move(c));
    }
    return p;
}

awaitable<migration_outcome> installed(std::string url, policy p) {
    auto to = postgres::conninfo::parse(url);
    co_return co_await migrate(std::move(to), p, soon());
}

migration_outcome install(const std::string& url, const policy& p) {
    boost::asio::io_context context;
    return run(context, installed(url, p));
}

const std::string triggers =
    "select coalesce(string_agg(tgrelid::regclass || '.' || tgname || '/' || oid, ' ' order by tgrelid, "
    "tgname), '') "
    "from pg_trigger where tgname like 'weir%'";

}  // namespace

TEST_CASE("migrating twice changes nothing") {
    const private_postgres server;
    server.query("create table items (id text, locale text)");
    const auto p = with({{"items", {"id", "locale"}}});
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("insert into items values ('a', 'en')");
    const auto before = server.query(triggers);
    CHECK_FALSE(before.empty());
    REQUIRE(install(server.url(), p).problem.empty());
    CHECK(server.query(triggers) == before);
    CHECK(server.query("select count(*) from weir.outbox") == "1");
}

TEST_CASE("migrating again needs no lock that a writer or reader of the table would hold up") {
    const private_postgres server;
    server.query("create table items (id text, locale text)");
    const auto p = with({{"items", {"id", "locale"}}});
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("create extension if not exists dblink");
    server.query("select dblink_connect('writer', 'dbname=postgres user=postgres host=127.0.0.1 port=" +
                 std::to_string(server.port()) +
                 "'); select dblink_exec('writer', 'begin'); "
                 "select dblink_exec('writer', 'insert into items values (1)')");
    CHECK(install(server.url(), p).problem.empty());
}

TEST_CASE("everything that a declaration names and the database lacks is named at once") {
    const private_postgres server;
    server.query("create table items (id text, locale text); create view v as select 1 as id");
    const auto outcome = install(
        server.url(), with({{"items", {"id", "language", "shop"}}, {"s.orders", {"id"}}, {"v", {"id"}}}));
    CHECK(outcome.failure == errc::rejected);
    for (const auto* missing : {"column items.language", "column items.shop", "table s.orders", "table v"}) {
        CAPTURE(outcome.problem);
        CHECK(outcome.problem.find(missing) != std::string::npos);
    }
    CHECK(outcome.problem.find("items.id") == std::string::npos);
    CHECK(server.query("select to_regnamespace('weir') is null") == "t");  // all or nothing
}

TEST_CASE("one table declared under two names is refused") {
    const private_postgres server;
    server.query("create table items (id text)");
    const auto outcome = install(server.url(), with({{"items", {"id"}}, {"public.items", {"id"}}}));
    CHECK(outcome.failure == errc::rejected);
    CHECK(outcome.problem.find("items and public.items") != std::string::npos);
}

TEST_CASE("triggers of a table that is declared no more are removed") {
    const private_postgres server;
    server.query("create table items (id text); create table orders (id text)");
    server.query(
        "create function mine() returns trigger language plpgsql as 'begin return null; end'; "
        "create trigger weir_insert after insert on orders for each statement execute function mine()");
    server.query(
        "drop trigger weir_insert on orders; create trigger weird after insert on orders for each statement "
        "execute function mine()");
    REQUIRE(install(server.url(), with({{"items", {"id"}}, {"orders", {"id"}}})).problem.empty());
    REQUIRE(install(server.url(), with({{"items", {"id"}}})).problem.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgrelid = 'items'::regclass") == "3");
    CHECK(server.query("select string_agg(tgname, ' ') from pg_trigger where tgrelid = 'orders'::regclass") ==
          "weird");
    CHECK(server.query("select to_regproc('weir.record_orders') is null") == "t");
    REQUIRE(install(server.url(), policy{}).problem.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgname like 'weir\\_%'") == "0");
}

TEST_CASE("another column in a change is recorded after the next migration") {
    const private_postgres server;
    server.query("create table items (id text, locale text)");
    REQUIRE(install(server.url(), with({{"items", {"id"}}})).problem.empty());
    REQUIRE(install(server.url(), with({{"items", {"id", "locale"}}})).problem.empty());
    server.query("insert into items values ('a', 'en')");
    CHECK(server.query("select image from weir.outbox") == R"({"id": "a", "locale": "en"})");
}

TEST_CASE("a disabled or replaced trigger is put right") {
    const private_postgres server;
    server.query("create table items (id text)");
    const auto p = with({{"items", {"id"}}});
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("alter table items disable trigger weir_insert; drop trigger weir_delete on items");
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("insert into items values ('a'); delete from items");
    CHECK(server.query("select count(*) from weir.outbox") == "2");
}

TEST_CASE("several nodes may migrate at the same moment") {
    const private_postgres server;
    server.query("create table items (id text)");
    const auto p = with({{"items", {"id"}}});
    std::vector<std::thread> nodes;
    std::vector<migration_outcome> outcomes(6);
    for (auto& outcome : outcomes) nodes.emplace_back([&] { outcome = install(server.url(), p); });
    for (auto& node : nodes) node.join();
    for (const auto& outcome : outcomes) CHECK(outcome.problem.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgrelid = 'items'::regclass") == "3");
}

TEST_CASE("a migration that cannot reach its server says so") {
    private_postgres server;
    server.kill_hard();
    const auto outcome = install(server.url(), policy{});
    CHECK(outcome.failure == errc::unavailable);
    CHECK_FALSE(outcome.problem.empty());
}
