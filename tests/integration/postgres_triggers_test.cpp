// What the triggers of the migration record, whoever writes.
#include "weir/adapters/postgres_migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

using namespace weir;
using namespace weir::test;

namespace {

change changes_of(std::string table, const std::vector<std::string>& columns) {
    change made;
    made.table = std::move(table);
    for (const auto& column : columns) made.columns.push_back({.name = column, .rule = {}});
    return made;
}

policy shop() {
    policy p;
    p.changes = {changes_of("items", {"id", "locale"})};
    return p;
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
    const auto is_in_time = co_await eventually([&] { return is_heard; });
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
    policy p;
    p.changes = {changes_of(R"("Odd.Schema"."Order ""Items""")", {"Key's $weir$", "b c"}),
                 changes_of("s.plain", {"id"})};
    server.query(in_one_transaction(p));
    server.query(
        R"(insert into "Odd.Schema"."Order ""Items""" values (1, 2); insert into s.plain values (3))");
    CHECK(server.query(images) == R"({"b c": "2", "Key's $weir$": "1"} {"id": "3"})");
    CHECK(server.query("select table_name from weir.outbox order by id limit 1") ==
          R"("Odd.Schema"."Order ""Items""")");
}

TEST_CASE("a partitioned table is recorded through its root") {
    const private_postgres server;
    server.query("create table items (id int, locale text) partition by list (locale)");
    server.query("create table items_en partition of items for values in ('en')");
    server.query(in_one_transaction(shop()));
    server.query("insert into items values (1, 'en')");
    CHECK(server.query(images) == R"({"id": "1", "locale": "en"})");
}
