// Installing, reinstalling and refusing to install the schema weir.
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <fstream>
#include <thread>

namespace weir::postgres_migration_test {

using namespace weir::test;

namespace {

awaitable<migration_outcome> installed(std::string url, policy p, leftovers others) {
    auto to = postgres::conninfo::parse(url);
    co_return co_await migrate(std::move(to), p, others, soon());
}

migration_outcome install(const std::string& url, const policy& p, leftovers others = leftovers::kept) {
    boost::asio::io_context context;
    return run(context, installed(url, p, others));
}

// Even the weakest lock on a table would have to wait here.
awaitable<void> migrates_beside_locks(const private_postgres& server, policy p) {
    postgres::connection other(co_await boost::asio::this_coro::executor);
    const auto connected = co_await other.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto locked = co_await other.exec(
        "begin; lock table items, parts, weir.outbox, weir.redis_identities in access exclusive mode",
        soon());
    REQUIRE(locked.has_value());
    const auto outcome = co_await installed(server.url(), std::move(p), leftovers::kept);
    CHECK(outcome.problem.empty());
}

// A session as the nodes of an earlier version keep it.
awaitable<void> refuses_under_old_nodes(const private_postgres& server, policy p) {
    postgres::connection old(co_await boost::asio::this_coro::executor);
    const auto connected = co_await old.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto listening = co_await old.exec("listen weir_outbox", soon());
    REQUIRE(listening.has_value());
    const auto outcome = co_await installed(server.url(), std::move(p), leftovers::kept);
    CHECK(outcome.problem.find("nodes of an earlier version of Weir are running") != std::string::npos);
}

awaitable<migration_outcome> removed(std::string url, bool is_forced) {
    auto to = postgres::conninfo::parse(url);
    co_return co_await uninstall(std::move(to), is_forced, soon());
}

const std::string bodies =
    "select string_agg(prosrc || oid, '' order by oid) from pg_proc where proname like 'record%'";

const std::string triggers =
    "select coalesce(string_agg(tgrelid::regclass || '.' || tgname || '/' || oid, ' ' order by tgrelid, "
    "tgname), '') "
    "from pg_trigger where tgname like 'weir%'";

}  // namespace

TEST_CASE("migrating twice changes nothing") {
    const private_postgres server;
    server.query("create table items (id text, locale text)");
    const auto p = declaring({{"items", {"id", "locale"}}});
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("insert into items values ('a', 'en')");
    const auto before = server.query(triggers);
    CHECK_FALSE(before.empty());
    REQUIRE(install(server.url(), p).problem.empty());
    CHECK(server.query(triggers) == before);
    CHECK(server.query("select count(*) from weir.outbox") == "1");
}

TEST_CASE("migrating again touches no table and waits for no lock") {
    const private_postgres server;
    server.query("create table items (id text, locale text); create table parts () inherits (items)");
    const auto p = declaring({{"items", {"id", "locale"}}});
    REQUIRE(install(server.url(), p).problem.empty());
    boost::asio::io_context context;
    run(context, migrates_beside_locks(server, p));
}

TEST_CASE("everything that a declaration names and the database lacks is named at once") {
    const private_postgres server;
    server.query("create table items (id text, locale text); create view v as select 1 as id");
    const auto outcome =
        install(server.url(),
                declaring({{"items", {"id", "language", "shop"}}, {"s.orders", {"id"}}, {"v", {"id"}}}));
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
    const auto outcome = install(server.url(), declaring({{"items", {"id"}}, {"public.items", {"id"}}}));
    CHECK(outcome.failure == errc::rejected);
    CHECK(outcome.problem.find("items and public.items") != std::string::npos);
}

TEST_CASE("triggers of a table that is declared no more are removed when they are asked to be") {
    const private_postgres server;
    server.query("create table items (id text); create table orders (id text)");
    server.query(
        "create function mine() returns trigger language plpgsql as 'begin return null; end'; "
        "create trigger weir_insert after insert on orders for each statement execute function mine()");
    server.query(
        "drop trigger weir_insert on orders; create trigger weird after insert on orders for each statement "
        "execute function mine()");
    REQUIRE(install(server.url(), declaring({{"items", {"id"}}, {"orders", {"id"}}})).problem.empty());
    const auto pruned = install(server.url(), declaring({{"items", {"id"}}}), leftovers::removed);
    REQUIRE(pruned.problem.empty());
    CHECK(pruned.left.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgrelid = 'items'::regclass") == "5");
    CHECK(server.query("select string_agg(tgname, ' ') from pg_trigger where tgrelid = 'orders'::regclass") ==
          "weird");
    CHECK(server.query("select to_regproc('weir.record_orders') is null") == "t");
    REQUIRE(install(server.url(), policy{}, leftovers::removed).problem.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgname like 'weir\\_%'") == "0");
}

TEST_CASE("triggers that the file does not declare are left in place and named") {
    const private_postgres server;
    server.query(
        "create table items (id text); create table orders (id text); create schema shop; "
        "create table shop.parts (id text) partition by list (id); "
        "create table shop.parts_a partition of shop.parts for values in ('a')");
    const auto one = declaring({{"items", {"id"}}});
    const auto other = declaring({{"orders", {"id"}}, {"shop.parts", {"id"}}});
    REQUIRE(install(server.url(), other).left.empty());
    const auto done = install(server.url(), one);
    REQUIRE(done.problem.empty());
    REQUIRE(done.left.size() == 3);
    CHECK(done.left[0].starts_with("orders: weir_delete, weir_insert, weir_replica_"));
    CHECK(done.left[0].ends_with(", weir_truncate, weir_update"));
    CHECK(done.left[1].starts_with("shop.parts: "));
    CHECK(done.left[2].starts_with("shop.parts_a: "));
    server.query("insert into items values ('i'); insert into orders values ('o')");
    CHECK(server.query(recorded) == "items i; orders o");
    CHECK(install(server.url(), other).left.size() == 1);  // and the other way round
    REQUIRE(install(server.url(), other, leftovers::removed).left.empty());
    server.query("insert into items values ('j')");
    CHECK(server.query(recorded) == "items i; orders o");
}

TEST_CASE("another column in a change is recorded after the next migration") {
    const private_postgres server;
    server.query("create table items (id text, locale text)");
    REQUIRE(install(server.url(), declaring({{"items", {"id"}}})).problem.empty());
    REQUIRE(install(server.url(), declaring({{"items", {"id", "locale"}}})).problem.empty());
    server.query("insert into items values ('a', 'en')");
    CHECK(server.query("select image from weir.outbox") == R"({"id": "a", "locale": "en"})");
}

TEST_CASE("a migration keeps what other files have recorded besides and prunes it when it is told to") {
    const private_postgres server;
    server.query("create table items (id text, locale text, day text, gone text)");
    auto first = declaring({{"items", {"id", "locale", "gone"}}});
    first.changes[0].bulk_rows = 50;
    REQUIRE(install(server.url(), first).problem.empty());
    server.query("alter table items drop column gone");
    auto second = declaring({{"items", {"day", "id"}}});
    second.changes[0].bulk_rows = 5;
    REQUIRE(install(server.url(), second).problem.empty());
    server.query("insert into items select n::text, 'en', 'monday' from generate_series(1, 6) n");
    CHECK(server.query("select image from weir.outbox where image ->> 'id' = '1'") ==
          R"({"id": "1", "day": "monday", "locale": "en"})");
    CHECK(server.query("select count(*) from weir.outbox") == "6");  // the larger bulk_rows
    const auto before = server.query(bodies);
    REQUIRE(install(server.url(), second).problem.empty());
    CHECK(server.query(bodies) == before);
    CHECK(install(server.url(), second, leftovers::removed).problem.empty());
    server.query("delete from weir.outbox; insert into items values ('9', 'en', 'monday')");
    CHECK(server.query("select image from weir.outbox") == R"({"id": "9", "day": "monday"})");
}

TEST_CASE("a migration that prunes spares what a live consumer needs") {
    const private_postgres server;
    server.query("create table items (id text, locale text); create table orders (id text, day text)");
    const auto both = declaring({{"items", {"id", "locale"}}, {"orders", {"id", "day"}}});
    REQUIRE(install(server.url(), both).problem.empty());
    server.query(
        R"(insert into weir.consumers (name, description, needs, tables, retention, expires_at) values
           ('x', 'weir:v1', '{"orders": {"columns": ["day"], "bulk_rows": 9}}', '{orders}', '0', now() + interval '1 h'))");
    const auto one = declaring({{"items", {"id"}}});
    REQUIRE(install(server.url(), one, leftovers::removed).problem.empty());
    server.query("insert into orders values ('o', 'monday'); insert into items values ('i', 'en')");
    CHECK(server.query("select string_agg(image::text, ' ' order by id) from weir.outbox") ==
          R"({"day": "monday"} {"id": "i"})");
    server.query("update weir.consumers set expires_at = now()");
    REQUIRE(install(server.url(), one, leftovers::removed).problem.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgrelid = 'orders'::regclass") == "0");
}

TEST_CASE("the printed script does not take away what others may need") {
    const private_postgres server;
    server.query("create table items (id text, locale text)");
    REQUIRE(install(server.url(), declaring({{"items", {"id", "locale"}}})).problem.empty());
    CHECK_THROWS_WITH(server.query(migration_script(declaring({{"items", {"id"}}}))),
                      contains_text("items.locale"));
    server.query(migration_script(declaring({{"items", {"id"}}}), leftovers::removed));
}

TEST_CASE("an outbox that knew one consumer is upgraded in place and not under its nodes") {
    const private_postgres server;
    server.query("create table items (id text)");
    server.query(R"(create schema weir;
        create table weir.outbox (id bigint generated always as identity primary key,
            txid xid8 not null default pg_current_xact_id(), table_name text not null, image jsonb,
            is_bulk boolean not null default false, created_at timestamptz not null default clock_timestamp(),
            due_at timestamptz not null default clock_timestamp(), settled_at timestamptz,
            is_replay boolean not null default false);
        create table weir.redis_identities (identity text primary key,
            first_seen timestamptz not null default clock_timestamp());
        insert into weir.redis_identities (identity) values ('seen');
        insert into weir.outbox (table_name, image) values ('items', '{"id": "a"}'))");
    boost::asio::io_context context;
    run(context, refuses_under_old_nodes(server, declaring({{"items", {"id"}}})));
    const std::string old_sessions =
        "select count(*) from pg_stat_activity where query = 'listen weir_outbox'";
    boost::asio::io_context meanwhile;
    CHECK(run(meanwhile, becomes_true([&] { return server.query(old_sessions) == "0"; })));
    REQUIRE(install(server.url(), declaring({{"items", {"id"}}})).problem.empty());
    server.query("insert into items values ('b')");
    CHECK(server.query(recorded) == "items a; items b");
    CHECK(server.query("select count(*) from weir.redis_identities") == "0");
    CHECK_THROWS(server.query("select is_replay from weir.outbox"));
}

TEST_CASE("an uninstallation leaves nothing behind and refuses under live consumers") {
    const private_postgres server;
    server.query(
        "create table items (id text) partition by list (id); create table items_a partition of items for "
        "values in ('a')");
    REQUIRE(install(server.url(), declaring({{"items", {"id"}}})).problem.empty());
    server.query(
        "insert into weir.consumers (name, description, needs, tables, retention, expires_at) values ('x', "
        "'weir:v1', '{}', '{}', '0', now() + interval '1 h')");
    boost::asio::io_context context;
    const auto refused = run(context, removed(server.url(), false));
    CHECK(refused.problem.find("weir:v1 (consumer 1)") != std::string::npos);
    boost::asio::io_context again;
    CHECK(run(again, removed(server.url(), true)).problem.empty());
    CHECK(server.query("select to_regnamespace('weir') is null") == "t");
    CHECK(server.query("select count(*) from pg_trigger where tgname like 'weir\\_%'") == "0");
    server.query("insert into items values ('a')");
    boost::asio::io_context last;
    CHECK(run(last, removed(server.url(), false)).problem.empty());  // there is nothing to remove
}

TEST_CASE("a disabled or replaced trigger is put right") {
    const private_postgres server;
    server.query("create table items (id text)");
    const auto p = declaring({{"items", {"id"}}});
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("alter table items disable trigger weir_insert; drop trigger weir_delete on items");
    REQUIRE(install(server.url(), p).problem.empty());
    server.query("insert into items values ('a'); delete from items");
    CHECK(server.query("select count(*) from weir.outbox") == "2");
}

TEST_CASE("several nodes may migrate at the same moment") {
    const private_postgres server;
    server.query("create table items (id text)");
    const auto p = declaring({{"items", {"id"}}});
    std::vector<std::thread> nodes;
    std::vector<migration_outcome> outcomes(6);
    for (auto& outcome : outcomes) nodes.emplace_back([&] { outcome = install(server.url(), p); });
    for (auto& node : nodes) node.join();
    for (const auto& outcome : outcomes) CHECK(outcome.problem.empty());
    CHECK(server.query("select count(*) from pg_trigger where tgrelid = 'items'::regclass") == "5");
}

// The layout that Weir had before it retained what it delivered.
TEST_CASE("an outbox of the layout before keeps its pending rows") {
    const private_postgres server;
    server.query("create table items (id text)");
    server.query(
        "create schema weir; create table weir.outbox (id bigint generated always as identity primary key, "
        "txid xid8 not null default pg_current_xact_id(), table_name text not null, image jsonb not null, "
        "created_at timestamptz not null default clock_timestamp()); "
        "create index outbox_txid on weir.outbox (txid)");
    server.query(R"(insert into weir.outbox (table_name, image) values ('items', '{"id": "a"}'))");
    REQUIRE(install(server.url(), declaring({{"items", {"id"}}})).problem.empty());
    CHECK(server.query(recorded) == "items a");
    CHECK(server.query("select count(*) from weir.outbox where due_at <= clock_timestamp()") == "1");
    server.query("insert into items values ('b'); truncate items");
    CHECK(server.query(recorded) == "items a; items as a whole; items b");
}

namespace {

// As a DBA would: with no more than psql.
int psql(const private_postgres& server, const std::string& options, const std::string& script) {
    const auto file = server.directory() / "migration.sql";
    std::ofstream(file) << script;
    const std::string line =
        "psql -X -q " + options + " -f '" + file.string() + "' '" + server.url() + "' >/dev/null 2>&1";
    return std::system(line.c_str());
}

}  // namespace

TEST_CASE("the printed migration runs through psql as one transaction") {
    const private_postgres server;
    server.query("create table items (id text)");
    const auto p = declaring({{"items", {"id"}}});
    CHECK(psql(server, "-v ON_ERROR_STOP=1", migration_script(p)) == 0);
    CHECK(psql(server, "-v ON_ERROR_STOP=1", migration_script(p)) == 0);
    server.query("insert into items values ('a')");
    CHECK(server.query(recorded) == "items a");
    CHECK(migration_script(p).find("| psql") != std::string::npos);

    const auto bad = declaring({{"items", {"id"}}, {"missing", {"id"}}});
    server.query("drop schema weir cascade");
    CHECK(psql(server, "-v ON_ERROR_STOP=1", migration_script(bad)) != 0);
    psql(server, "", migration_script(bad));  // goes on after the error, and still leaves nothing behind
    CHECK(server.query("select to_regnamespace('weir') is null") == "t");
}

TEST_CASE("a migration that cannot reach its server says so") {
    private_postgres server;
    server.kill_hard();
    const auto outcome = install(server.url(), policy{});
    CHECK(outcome.failure == errc::unavailable);
    CHECK_FALSE(outcome.problem.empty());
}

}  // namespace weir::postgres_migration_test
