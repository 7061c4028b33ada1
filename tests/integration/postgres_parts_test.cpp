// Writes that pass a declared table by: straight into its partitions, into tables that inherit from it, and
// rows that come by replication.
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_parts_test {

using namespace weir::test;

namespace {

policy shop() {
    return declaring({{"items", {"id", "locale"}}});
}

std::string in_one_transaction(const policy& p, leftovers others = leftovers::kept) {
    return "begin;" + migration_sql(p, others) + "commit";
}

const std::string partitioned =
    "create table items (id int, locale text, price int) partition by list (locale); "
    "create table items_id partition of items for values in ('id'); "
    "create table items_en partition of items for values in ('en') partition by range (id); "
    "create table items_en_low partition of items_en for values from (0) to (100); "
    "create table items_en_high partition of items_en for values from (100) to (200)";

// What one statement leaves in the outbox.
std::string recorded_by(const private_postgres& server, const std::string& sql) {
    server.query("delete from weir.outbox");
    server.query(sql);
    return server.query(recorded);
}

awaitable<void> arrives(const private_postgres& subscriber, std::string lines) {
    const auto is_there = co_await becomes_true([&] { return subscriber.query(recorded) == lines; });
    CHECK(is_there);
    CHECK(subscriber.query(recorded) == lines);
}

void await_lines(const private_postgres& subscriber, const std::string& lines) {
    boost::asio::io_context context;
    run(context, arrives(subscriber, lines));
}

}  // namespace

TEST_CASE("a write is recorded once through whichever level of a partitioned table") {
    const private_postgres server;
    server.query(partitioned);
    server.query(in_one_transaction(shop()));
    CHECK(recorded_by(server, "insert into items values (1, 'en')") == "items 1,en");
    CHECK(recorded_by(server, "insert into items_en values (2, 'en')") == "items 2,en");
    CHECK(recorded_by(server, "insert into items_en_low values (3, 'en')") == "items 3,en");
    CHECK(recorded_by(server, "copy items_en_low from program 'echo 4,en,1' (format csv)") == "items 4,en");
    CHECK(recorded_by(server, "update items set price = 1 where id = 1") == "items 1,en");
    CHECK(recorded_by(server, "update items_en set id = 150 where id = 1") == "items 1,en; items 150,en");
    CHECK(recorded_by(server, "update items set locale = 'id' where id = 2") == "items 2,en; items 2,id");
    CHECK(recorded_by(server, "update items_en_high set price = 2") == "items 150,en");
    CHECK(recorded_by(server, "delete from items_id") == "items 2,id");
    CHECK(recorded_by(server, "delete from items where id = 3") == "items 3,en");
    CHECK(recorded_by(server, "truncate items") == "items as a whole");
    CHECK(recorded_by(server, "truncate items_en_low") == "items as a whole");
}

TEST_CASE("a write is recorded once through parents and children of an inheritance") {
    const private_postgres server;
    server.query(
        "create table items (id int, locale text); create table books (author text) inherits (items); "
        "create table novels () inherits (books); create table toys (id int, locale text, age int); "
        "alter table toys inherit items");
    server.query(in_one_transaction(shop()));
    CHECK(recorded_by(server, "insert into items values (1, 'en')") == "items 1,en");
    CHECK(recorded_by(server, "insert into novels values (2, 'en')") == "items 2,en");
    CHECK(recorded_by(server, "insert into toys values (3, 'en')") == "items 3,en");
    CHECK(recorded_by(server, "update items set locale = 'id' where id > 1") ==
          "items 2,en; items 2,id; items 3,en; items 3,id");
    CHECK(recorded_by(server, "update only items set locale = 'id'") == "items 1,en; items 1,id");
    CHECK(recorded_by(server, "delete from books") == "items 2,id");
    CHECK(recorded_by(server, "truncate items") == "items as a whole");
}

TEST_CASE("a part that is declared itself is recorded under both names") {
    const private_postgres server;
    server.query(partitioned);
    server.query(in_one_transaction(declaring({{"items", {"id"}}, {"items_id", {"id"}}})));
    CHECK(recorded_by(server, "insert into items_id values (1, 'id')") == "items 1; items_id 1");
    CHECK(recorded_by(server, "set session_replication_role = replica; insert into items values (2, 'id')") ==
          "items 2; items_id 2");
}

TEST_CASE("a partition made or detached later is put right by the next migration") {
    const private_postgres server;
    server.query(partitioned);
    server.query(in_one_transaction(shop()));
    server.query(
        "create table items_fr partition of items for values in ('fr'); "
        "alter table items detach partition items_id");
    CHECK(recorded_by(server, "insert into items_fr values (1, 'fr')").empty());
    server.query(in_one_transaction(shop(), leftovers::removed));
    CHECK(recorded_by(server, "insert into items_fr values (1, 'fr')") == "items 1,fr");
    CHECK(recorded_by(server, "insert into items_id values (1, 'id')").empty());
    CHECK(server.query("select count(*) from pg_trigger where tgrelid = 'items_id'::regclass") == "0");
    server.query("alter table items attach partition items_id for values in ('id')");
    server.query(in_one_transaction(shop()));
    CHECK(recorded_by(server, "insert into items_id values (1, 'id')") == "items 1,id");
    server.query(in_one_transaction(policy{}, leftovers::removed));
    CHECK(server.query("select count(*) from pg_trigger where tgname like 'weir\\_%'") == "0");
}

TEST_CASE("a foreign partition is refused because writes to it would fail") {
    const private_postgres server;
    server.query(partitioned);
    server.query(
        "create extension postgres_fdw; create server far foreign data wrapper postgres_fdw; "
        "create foreign table items_far partition of items for values in ('far') server far");
    CHECK_THROWS_WITH(server.query(in_one_transaction(shop())),
                      contains_text("cannot be recorded: items_far (of items)"));
}

TEST_CASE("a session in the role of a replica is recorded and not twice") {
    const private_postgres server;
    server.query(partitioned);
    auto p = shop();
    p.changes[0].bulk_rows = 5;
    server.query(in_one_transaction(p));
    const std::string replica = "set session_replication_role = replica; ";
    CHECK(recorded_by(server, replica + "insert into items values (1, 'en'), (101, 'en')") ==
          "items 1,en; items 101,en");
    CHECK(recorded_by(server, replica + "update items_en_low set price = 5") == "items 1,en");
    CHECK(recorded_by(server, replica + "update items set locale = 'id' where id = 1") ==
          "items 1,en; items 1,id");
    CHECK(recorded_by(server, replica + "delete from items where id = 1") == "items 1,id");
    CHECK(recorded_by(server, replica + "truncate items") == "items as a whole");
    // The sixth row of a transaction says: all of it. Those after it say nothing more.
    CHECK(recorded_by(server, replica + "insert into items_id select n, 'id' from generate_series(1, 7) n") ==
          "items 1,id; items 2,id; items 3,id; items 4,id; items 5,id; items as a whole");
    CHECK(recorded_by(server, replica + "update items set price = 5 where id = 1") == "items 1,id");
}

TEST_CASE("rows that come by logical replication are recorded") {
    const private_postgres publisher({"wal_level=logical"});
    const private_postgres subscriber;
    for (const auto* server : {&publisher, &subscriber}) {
        server->query("create table items (id int primary key, locale text)");
    }
    publisher.query("insert into items values (1, 'en'); create publication shop for table items");
    subscriber.query(in_one_transaction(shop()));
    subscriber.query("create subscription shop connection '" + publisher.url() + "' publication shop");
    await_lines(subscriber, "items 1,en");  // the first copy of the table
    publisher.query("insert into items values (2, 'en'); update items set locale = 'id' where id = 1");
    await_lines(subscriber, "items 1,en; items 1,en; items 1,id; items 2,en");
    subscriber.query("delete from weir.outbox");
    publisher.query("delete from items where id = 2");
    await_lines(subscriber, "items 2,en");  // what comes is the key alone, what is deleted is the whole row
    subscriber.query("delete from weir.outbox");
    publisher.query("truncate items");
    await_lines(subscriber, "items as a whole");
}

}  // namespace weir::postgres_parts_test
