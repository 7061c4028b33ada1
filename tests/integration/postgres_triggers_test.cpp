// What the triggers of the migration record, whichever session writes.
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_triggers_test {

using namespace weir::test;

namespace {

policy shop() {
    return declaring({{"items", {"id", "locale"}}});
}

std::string in_one_transaction(const policy& p) {
    return "begin;" + migration_sql(p) + "commit";
}

const std::string items = "create table items (id text primary key, locale text, price int)";
const std::string images =
    "select coalesce(string_agg(image::text, ' ' order by image::text collate \"C\"), '') from weir.outbox";

// A shop with two rows, whose outbox is empty.
void open_shop(const private_postgres& server) {
    server.query(items);
    server.query(in_one_transaction(shop()));
    server.query("insert into items values ('a', 'en', 1), ('b', 'en', 2); delete from weir.outbox");
}

awaitable<void> hears(const private_postgres& server) {
    postgres::connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto listening = co_await c.exec("listen weir_outbox", soon());
    REQUIRE(listening.has_value());
    bool is_heard = false;
    c.watch([&] { is_heard = true; });
    server.query("update items set price = 1 where id = 'nobody'; update items set price = 1");
    const auto is_in_time = co_await becomes_true([&] { return is_heard; });
    CHECK(is_in_time);
}

}  // namespace

TEST_CASE("triggers record each kind of statement with the images before and after") {
    const private_postgres server;
    open_shop(server);
    const std::string a = R"({"id": "a", "locale": "en"})";
    const std::string b = R"({"id": "b", "locale": "en"})";
    const auto recorded_by = [&](const std::string& sql) {
        server.query("delete from weir.outbox");
        server.query(sql);
        return server.query(images);
    };
    CHECK(recorded_by("insert into items values ('c', 'en', 1)") == R"({"id": "c", "locale": "en"})");
    CHECK(recorded_by("update items set price = 5 where id = 'a'") == a);
    CHECK(recorded_by("update items set locale = 'id' where id = 'c'") ==
          R"({"id": "c", "locale": "en"} {"id": "c", "locale": "id"})");
    CHECK(recorded_by("update items set price = price + 1 where locale = 'en'") == a + ' ' + b);
    CHECK(recorded_by("update items set locale = null where id = 'c'") ==
          R"({"id": "c", "locale": "id"} {"id": "c", "locale": null})");
    CHECK(recorded_by("delete from items where id in ('a', 'b')") == a + ' ' + b);
    CHECK(recorded_by("copy items (id, locale) from program 'echo a,en; echo b,en' (format csv)") ==
          a + ' ' + b);
    CHECK(recorded_by("insert into items values ('a', 'en', 9) on conflict (id) do update set price = 9") ==
          a);
    CHECK(recorded_by("update items set price = 1 where id = 'nobody'").empty());
    CHECK(recorded_by("delete from items where id = 'nobody'").empty());
}

TEST_CASE("outbox rows are committed with the data and rolled back with it") {
    const private_postgres server;
    open_shop(server);
    server.query("begin; update items set price = 7; rollback");
    CHECK(server.query("select count(*) from weir.outbox") == "0");
    server.query("begin; update items set price = 7; savepoint s; delete from items; rollback to s; commit");
    CHECK(server.query("select count(*) from weir.outbox") == "2");
    CHECK(server.query("select count(distinct txid) from weir.outbox") == "1");
}

TEST_CASE("a writer without any right on the schema weir is recorded all the same") {
    const private_postgres server;
    open_shop(server);
    server.query("create role clerk; grant select, insert, update, delete on items to clerk");
    server.query("create schema clerk authorization clerk; create table clerk.outbox (id int)");
    server.query(
        "set role clerk; set search_path = clerk, public; update public.items set price = 3 where id = 'a'");
    CHECK(server.query(images) == R"({"id": "a", "locale": "en"})");
    CHECK_THROWS(server.query("set role clerk; select * from weir.outbox"));
}

TEST_CASE("a listener hears of changed rows after their commit") {
    const private_postgres server;
    open_shop(server);
    boost::asio::io_context context;
    run(context, hears(server));
}

TEST_CASE("tables and columns may have any name") {
    const private_postgres server;
    server.query(
        R"(create schema "Odd.Schema"; create table "Odd.Schema"."Order ""Items""" ("Key's $weir$" int, "b c" int))");
    server.query("create schema s; create table s.plain (id int)");
    const auto p =
        declaring({{R"("Odd.Schema"."Order ""Items""")", {"Key's $weir$", "b c"}}, {"s.plain", {"id"}}});
    server.query(in_one_transaction(p));
    server.query(
        R"(insert into "Odd.Schema"."Order ""Items""" values (1, 2); insert into s.plain values (3))");
    CHECK(server.query(images) == R"({"b c": "2", "Key's $weir$": "1"} {"id": "3"})");
    CHECK(server.query("select table_name from weir.outbox order by id limit 1") ==
          R"("Odd.Schema"."Order ""Items""")");
}

TEST_CASE("truncate is recorded as a change of the whole table once a transaction") {
    const private_postgres server;
    open_shop(server);
    server.query("truncate items");
    CHECK(server.query(recorded) == "items as a whole");
    server.query(
        "begin; truncate items; truncate items; insert into items values ('c', 'en'); truncate items; "
        "commit");
    CHECK(server.query(recorded) == "items as a whole; items as a whole; items c,en");
    server.query("begin; savepoint s; truncate items; rollback to s; truncate items; commit");
    CHECK(server.query("select count(*) from weir.outbox where is_bulk") == "3");
    server.query("create table parts (id text references items); begin; truncate items, parts; rollback");
    CHECK(server.query("select count(*) from weir.outbox where is_bulk") == "3");
}

TEST_CASE("a statement with more images than declared is recorded as a change of the whole table") {
    const private_postgres server;
    server.query(items);
    auto p = shop();
    p.changes[0].bulk_rows = 10;
    server.query(in_one_transaction(p));
    const auto rows_after = [&](const std::string& sql) {
        server.query("delete from weir.outbox");
        server.query(sql);
        return server.query("select count(*) filter (where is_bulk) || ' ' || count(*) from weir.outbox");
    };
    CHECK(rows_after("insert into items select 'a' || n, 'en', n from generate_series(1, 10) n") == "0 10");
    CHECK(rows_after("insert into items select 'b' || n, 'en', n from generate_series(1, 11) n") == "1 1");
    CHECK(rows_after("copy items from program 'seq -f \"c%.0f,en,1\" 1 11' (format csv)") == "1 1");
    CHECK(rows_after("update items set price = 0 where id like 'a%'") == "0 10");
    CHECK(rows_after("update items set locale = 'id' where id like 'a%'") == "1 1");  // 10 before, 10 after
    CHECK(rows_after("delete from items where id like 'b%'") == "1 1");
    CHECK(rows_after("insert into items select 'd', 'en', 1 on conflict (id) do nothing") == "0 1");
    CHECK(rows_after("begin; update items set locale = 'en'; update items set price = 1; commit") == "1 1");
}

TEST_CASE("many rows that share few images are recorded by these") {
    const private_postgres server;
    server.query(items);
    auto p = declaring({{"items", {"locale"}}});
    p.changes[0].bulk_rows = 10;
    server.query(in_one_transaction(p));
    server.query("insert into items select 'a' || n, 'l' || n % 3, n from generate_series(1, 5000) n");
    CHECK(server.query(recorded) == "items l0; items l1; items l2");
    server.query("delete from weir.outbox");
    // The first rows look alike; those that are too many come late.
    server.query(
        "insert into items select 'b' || n, 'l' || greatest(n, 4990), n from generate_series(1, 5000) n");
    CHECK(server.query(recorded) == "items as a whole");
}

TEST_CASE("a hundred thousand rows are one row in the outbox") {
    const private_postgres server;
    open_shop(server);
    server.query("insert into items select 'r' || n, 'en', n from generate_series(1, 100000) n");
    server.query("update items set price = price + 1");
    server.query("copy items from program 'seq -f \"c%.0f,en,1\" 1 100000' (format csv)");
    server.query("delete from items");
    CHECK(server.query("select count(*) from weir.outbox where is_bulk") == "4");
    CHECK(server.query("select count(*) from weir.outbox") == "4");
}

TEST_CASE("values that the column calls equal are different images") {
    const private_postgres server;
    server.query(
        "create collation careless (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
        "create table items (id text collate careless, locale text)");
    server.query(in_one_transaction(shop()));
    server.query("insert into items values ('a', 'en'), ('A', 'en')");
    CHECK(server.query(recorded) == "items A,en; items a,en");
}

TEST_CASE("a change without columns records that something changed") {
    const private_postgres server;
    server.query(items);
    server.query(in_one_transaction(declaring({{"items", {}}})));
    server.query("insert into items values ('a', 'en', 1), ('b', 'en', 2)");
    CHECK(server.query("select image from weir.outbox") == "{}");
}

TEST_CASE("rows are due at once unless their writer said that it delivers them") {
    const private_postgres server;
    open_shop(server);
    const auto wait_after = [&](const std::string& sql) {
        server.query("delete from weir.outbox");
        server.query(sql);
        return server.query("select round(extract(epoch from due_at - created_at), 1) from weir.outbox");
    };
    CHECK(wait_after("update items set price = 3 where id = 'a'") == "0.0");
    CHECK(wait_after("begin; select set_config('weir.due_in', '400 ms', true); "
                     "update items set price = 3 where id = 'a'; commit; ") == "0.4");
    // Neither of these may keep a change from being delivered.
    CHECK(wait_after("set weir.due_in = '100 years'; update items set price = 3 where id = 'a'") == "5.0");
    CHECK(wait_after("set weir.due_in = '-1 s'; update items set price = 3 where id = 'a'") == "0.0");
    CHECK(wait_after("begin; select set_config('weir.due_in', '400 ms', true); commit; "
                     "update items set price = 3 where id = 'a'") == "0.0");
}

TEST_CASE("a writer may commit in two phases") {
    const private_postgres server({"max_prepared_transactions=5"});
    open_shop(server);
    server.query("begin; update items set price = 3 where id = 'a'; prepare transaction 'one'");
    CHECK(server.query(recorded).empty());
    server.query("commit prepared 'one'");
    CHECK(server.query(recorded) == "items a,en");
}

}  // namespace weir::postgres_triggers_test
