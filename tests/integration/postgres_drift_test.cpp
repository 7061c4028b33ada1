// What an operator is told when the database does not record what the file declares.
#include "weir/schema/drift.hpp"
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_drift_test {

using namespace weir::test;

namespace {

policy shop() {
    return declaring({{"items", {"id", "locale"}}});
}

awaitable<void> look(const private_postgres& server, policy p, std::string& lines) {
    postgres::pool from(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const auto found = co_await trigger_drift(from, p, soon());
    REQUIRE(found.has_value());
    for (const auto& line : *found) lines += (lines.empty() ? "" : "; ") + line;
}

std::string drift(const private_postgres& server, const policy& p) {
    std::string lines;
    boost::asio::io_context context;
    run(context, look(server, p, lines));
    return lines;
}

awaitable<void> look_beyond(const private_postgres& server, policy p, std::string& lines) {
    postgres::pool from(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const auto found = co_await ahead_of_file(from, p, soon());
    REQUIRE(found.has_value());
    for (const auto& line : *found) lines += (lines.empty() ? "" : "; ") + line;
}

std::string beyond(const private_postgres& server, const policy& p) {
    std::string lines;
    boost::asio::io_context context;
    run(context, look_beyond(server, p, lines));
    return lines;
}

void open_shop(const private_postgres& server) {
    server.query(
        "create table items (id text, locale text) partition by list (locale); "
        "create table items_en partition of items for values in ('en')");
    server.query(migration_script(shop()));
}

}  // namespace

TEST_CASE("nothing is said of a database that was migrated") {
    const private_postgres server;
    open_shop(server);
    CHECK(drift(server, shop()).empty());
}

TEST_CASE("a database that was never migrated is told apart") {
    const private_postgres server;
    const std::string never = "weir migrate was never run on this database";
    CHECK(drift(server, shop()) == never);
    server.query("create schema weir; create table weir.outbox (id int)");
    CHECK(drift(server, shop()) == never);
}

TEST_CASE("a file that needs more than was migrated is told apart and one that needs less is served") {
    const private_postgres server;
    open_shop(server);
    CHECK(drift(server, declaring({{"items", {"id"}}})).empty());
    CHECK(drift(server, policy{}).empty());
    auto p = shop();
    p.changes[0].bulk_rows = 7;
    CHECK(drift(server, p).empty());
    server.query("alter table items add column day date");
    CHECK(drift(server, declaring({{"items", {"id", "locale", "day"}}})) ==
          "table items: what is recorded of it is not what the file declares");
    CHECK(drift(server, declaring({{"items", {"id", "locale"}}, {"s.gone", {"id"}}}))
              .find("table s.gone: does not exist") != std::string::npos);
    CHECK(beyond(server, shop()).empty());
    CHECK(beyond(server, declaring({{"items", {"id"}}})) ==
          "table items: more is recorded than the file declares: locale");
}

TEST_CASE("an outbox that knows no consumers is told apart") {
    const private_postgres server;
    open_shop(server);
    server.query("alter table weir.outbox drop column delivered");
    CHECK(drift(server, shop()) == "the outbox is that of an earlier version of Weir");
}

TEST_CASE("triggers that are missing or disabled or not ours are named with their table") {
    const private_postgres server;
    open_shop(server);
    server.query("create table items_fr partition of items for values in ('fr') partition by list (id)");
    server.query("create schema s; create table s.items_fr_a partition of items_fr for values in ('a')");
    CHECK(
        drift(server, shop()) ==
        "table items, its part items_fr: the triggers for delete, insert, truncate, update are missing; "
        "table items, its part s.items_fr_a: the triggers for delete, insert, truncate, update are missing");
    server.query(migration_script(shop()));
    CHECK(drift(server, shop()).empty());

    server.query(
        "alter table items disable trigger weir_update; alter table items enable trigger weir_truncate");
    CHECK(drift(server, shop()) ==
          "table items: the triggers for truncate are enabled for other writers than they should be; "
          "table items: the triggers for update are disabled");
    server.query(migration_script(shop()));
    CHECK(drift(server, shop()).empty());

    server.query(
        "create function mine() returns trigger language plpgsql as 'begin return null; end'; "
        "drop trigger weir_insert on items; "
        "create trigger weir_insert after insert on items for each statement execute function mine()");
    CHECK(drift(server, shop()) == "table items: the triggers for insert are not Weir's");
    server.query(migration_script(shop()));
    CHECK(drift(server, shop()).empty());
}

TEST_CASE("a recorder that was edited by hand is noticed") {
    const private_postgres server;
    open_shop(server);
    server.query(
        "create or replace function weir.record_items() returns trigger language plpgsql as "
        "'begin return null; end'");
    CHECK(drift(server, shop()) == "table items: what is recorded of it is not what the file declares");
}

TEST_CASE("drift is seen by a role without any right on the schema weir") {
    const private_postgres server;
    open_shop(server);
    server.query("create role clerk login");
    server.query("alter table items disable trigger weir_update");
    boost::asio::io_context context;
    std::string lines;
    struct as_clerk {
        static awaitable<void> look(std::string url, std::string& lines) {
            postgres::connection c(co_await boost::asio::this_coro::executor);
            auto to = postgres::conninfo::parse(url);
            to.set("user", "clerk");
            const auto connected = co_await c.connect(std::move(to), soon());
            REQUIRE(connected.has_value());
            const auto p = shop();
            const auto found = co_await trigger_drift(c, p, soon());
            REQUIRE(found.has_value());
            REQUIRE(found->size() == 1);
            lines = found->front();
        }
    };
    run(context, as_clerk::look(server.url(), lines));
    CHECK(lines == "table items: the triggers for update are disabled");
}

}  // namespace weir::postgres_drift_test
