// What the catalogue says of tables whose changes are no longer recorded, or that are other tables now.
#include "weir/schema/migration.hpp"
#include "weir/schema/table_states.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_table_states_test {

using namespace weir::test;

namespace {

policy shop() {
    return declaring({{"items", {"id", "locale"}}, {"parts", {"id"}}});
}

awaitable<void> look(const private_postgres& server, std::vector<table_state>& to) {
    postgres::pool from(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    auto found = co_await table_states(from, shop(), soon());
    REQUIRE(found.has_value());
    to = *std::move(found);
}

std::vector<table_state> states(const private_postgres& server) {
    std::vector<table_state> out;
    boost::asio::io_context context;
    run(context, look(server, out));
    REQUIRE(out.size() == 2);
    CHECK(out[0].table == "items");
    CHECK(out[1].table == "parts");
    return out;
}

awaitable<void> ask_of_rewrite(const private_postgres& server, const char* table, bool& to) {
    postgres::pool from(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const auto found = co_await is_rewrite_recorded(from, shop(), table, soon());
    REQUIRE(found.has_value());
    to = *found;
}

// Checks that only the rows of the table were written anew, and whether its triggers have recorded that.
void check_rewritten(const private_postgres& server, const char* table, const char* statement,
                     bool is_recorded) {
    INFO(statement);
    const std::size_t at = std::string_view{table} == "items" ? 0 : 1;
    const auto before = states(server);
    server.query(statement);
    const auto after = states(server);
    CHECK(after[at].identity.files != before[at].identity.files);
    CHECK(after[at].identity.relations == before[at].identity.relations);
    CHECK(after[at].identity.triggers == before[at].identity.triggers);
    boost::asio::io_context context;
    bool found = !is_recorded;
    run(context, ask_of_rewrite(server, table, found));
    CHECK(found == is_recorded);
}

// Checks that parts has another identity after each statement.
void check_seen(const private_postgres& server, const char* statement, bool is_recorded_then) {
    INFO(statement);
    const auto before = states(server);
    server.query(statement);
    const auto after = states(server);
    CHECK(after[1].identity != before[1].identity);
    CHECK(after[1].is_recorded == is_recorded_then);
    CHECK(after[0].identity == before[0].identity);
    CHECK(after[0].is_recorded);
}

}  // namespace

TEST_CASE("a declared table that is recorded is told from one that is not") {
    const private_postgres server;
    server.query(
        "create table items (id text, locale text) partition by list (locale); "
        "create table items_en partition of items for values in ('en'); "
        "create table parts (id text, n int)");
    for (const auto& one : states(server)) CHECK_FALSE(one.is_recorded);
    server.query(migration_script(shop()));
    const auto first = states(server);
    for (const auto& one : first) CHECK(one.is_recorded);

    server.query("insert into parts values ('a', 1); update parts set n = 2; analyze parts");
    CHECK(states(server)[1].identity == first[1].identity);
    server.query(migration_script(shop()));
    CHECK(states(server)[1].identity == first[1].identity);

    check_seen(server, "alter table parts disable trigger weir_update", false);
    check_seen(server, "alter table parts enable trigger weir_update", true);
    check_seen(server,
               "begin; alter table parts disable trigger weir_update; alter table parts enable trigger "
               "weir_update; commit",
               true);
    check_seen(server, "alter table parts alter column n type text", true);
    check_seen(server,
               "create table other (like parts including all); alter table parts rename to was; "
               "alter table other rename to parts",
               false);
    check_seen(server, "alter table parts rename to other; alter table was rename to parts", true);
    check_seen(server,
               "create function mine() returns trigger language plpgsql as 'begin return null; end'; "
               "drop trigger weir_insert on parts; create trigger weir_insert after insert on parts "
               "execute function mine()",
               false);
    check_seen(server, "drop table parts", false);
}

TEST_CASE("rows that were written anew and recorded are told from those that no trigger saw") {
    const private_postgres server;
    server.query(
        "create table items (id text, locale text) partition by list (locale); "
        "create table items_en partition of items for values in ('en'); "
        "create table items_fr partition of items for values in ('fr'); "
        "create table parts (id text, n int)");
    server.query(migration_script(shop()));
    check_rewritten(server, "parts", "truncate parts", true);
    check_rewritten(server, "parts", "alter table parts alter n type bigint", false);
    check_rewritten(server, "parts", "begin; truncate parts; alter table parts alter n type int; commit",
                    true);
    check_rewritten(server, "parts", "alter table parts alter n type text; truncate parts", true);
    check_rewritten(server, "parts", "vacuum full parts", false);
    check_rewritten(server, "items", "truncate items", true);
    check_rewritten(server, "items", "truncate items_fr", true);  // the other partition's last one is known
    check_rewritten(server, "items", "vacuum full items_en", false);
}

TEST_CASE("a partition that comes or goes shows in its table") {
    const private_postgres server;
    server.query(
        "create table items (id text, locale text) partition by list (locale); "
        "create table items_en partition of items for values in ('en'); "
        "create table items_fr (id text, locale text); create table parts (id text)");
    server.query(migration_script(shop()));
    const auto first = states(server);
    server.query("alter table items attach partition items_fr for values in ('fr')");
    const auto attached = states(server);
    CHECK(attached[0].identity != first[0].identity);
    CHECK_FALSE(attached[0].is_recorded);
    server.query(migration_script(shop()));
    const auto migrated = states(server);
    CHECK(migrated[0].is_recorded);
    server.query("alter table items detach partition items_en");
    CHECK(states(server)[0].identity != migrated[0].identity);
    CHECK(states(server)[0].is_recorded);
}

}  // namespace weir::postgres_table_states_test
