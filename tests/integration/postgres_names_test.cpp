// Tables and columns of odd names: what their triggers record, and that they are found again.
#include "weir/schema/drift.hpp"
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_names_test {

using namespace weir::test;

namespace {

const std::vector<std::string> odd_names{
    "Product",     "select",   "user", "Order Line", "é",     "数量", "a.b", "a\"b",
    "it's",        "a\\b",     "$1",   "%s",         "{a}",   "1st",  "$$",  "images",
    "rows_before", "weir_new", "c0",   "new",        "table", "a;b",  "--x", "weir.record"};

std::string quoted(std::string_view text, char mark) {
    std::string out(1, mark);
    for (const char c : text) out.append(c == mark ? 2 : 1, c);
    return out + mark;
}

std::string identifier(std::string_view name) {
    return quoted(name, '"');
}

// Of a string, whatever standard_conforming_strings is.
std::string literal(std::string_view text) {
    std::string out = " E'";
    for (const char c : text) out.append(c == '\'' || c == '\\' ? 2 : 1, c);
    return out + "'";
}

// As the policy spells it.
std::string in_policy(const std::string& name) {
    return name.find_first_of(".\"") == std::string::npos ? name : identifier(name);
}

awaitable<void> no_drift(const private_postgres& server, const policy& p) {
    postgres::connection c(co_await boost::asio::this_coro::executor);
    const auto connected = co_await c.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto drift = co_await trigger_drift(c, p, soon());
    REQUIRE(drift.has_value());
    CHECK(*drift == std::vector<std::string>{});
}

}  // namespace

TEST_CASE("tables and columns of any name are recorded by the names that they have") {
    const private_postgres server;
    server.query("create schema \"Shop 1\"");
    std::vector<std::pair<std::string, std::vector<std::string>>> declared;
    for (const std::string& name : odd_names) {
        for (const std::string schema : {"", "Shop 1"}) {
            const std::string in_sql = (schema.empty() ? "" : identifier(schema) + ".") + identifier(name);
            server.query("create table " + in_sql + " (" + identifier(name) +
                         " text primary key, other int)");
            declared.push_back({(schema.empty() ? "" : schema + ".") + in_policy(name), {name}});
        }
    }
    const policy p = declaring(declared);
    server.query("begin;" + migration_sql(p) + "commit");
    server.query("begin;" + migration_sql(p) + "commit");  // a second time changes nothing
    for (const auto& [table, columns] : declared) {
        INFO(table);
        const std::string in_sql =
            (table.starts_with("Shop 1.") ? "\"Shop 1\"." : "") + identifier(columns[0]);
        for (const char* strings : {"on", "off"}) {
            server.query("delete from weir.outbox");
            server.query(std::string("set standard_conforming_strings = ") + strings + "; insert into " +
                         in_sql + " values ('v'); update " + in_sql + " set " + identifier(columns[0]) +
                         " = 'w'; delete from " + in_sql);
            CHECK(server.query("select count(*) from weir.outbox where table_name = " + literal(table) +
                               " and image ->> " + literal(columns[0]) + " in ('v', 'w')") == "4");
            CHECK(server.query("select count(*) from weir.outbox") == "4");
        }
    }
    boost::asio::io_context context;
    run(context, no_drift(server, p));
}

}  // namespace weir::postgres_names_test
