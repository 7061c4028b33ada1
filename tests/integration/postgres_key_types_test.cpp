// Types of keys: the columns and the comparisons of the database against the rules of the file.
#include "declarations.hpp"

#include <array>

namespace weir::postgres_key_types_test {

using namespace weir::test;

namespace {

std::string file_with(const std::string& rule, const std::string& where, const std::string& column = "k") {
    return "[resource.item]\npath = \"/v1/{k}\"\nkey = \"items:item:{k}\"\nttl = \"60s\"\nparameter.k = " +
           rule + "\nsql = '''select 1 as x from t where " + where +
           "'''\n[change.t]\nkeys = [\"items:item:{" + column + "}\"]\n";
}

std::string errors_for(const private_postgres& server, const std::string& type, const std::string& rule,
                       const std::string& where) {
    server.query("drop table if exists t; create table t (k " + type + ")");
    return errors_on(server, file_with(rule, where));
}

}  // namespace

TEST_CASE(
    "a text parameter that Postgres compares as another type is an error that names the type to declare") {
    const private_postgres server;
    const std::vector<std::array<std::string, 3>> types{
        {"uuid", "uuid", "uuid"},         {"int", "integer", "integer"},
        {"bigint", "bigint", "integer"},  {"smallint", "smallint", "integer"},
        {"date", "date", "date"},         {"numeric(20,4)", "numeric", "decimal"},
        {"boolean", "boolean", "boolean"}};
    for (const auto& [type, shown, declared] : types) {
        const auto lines = errors_for(server, type, "{ max_length = 64 }", "k = {k}");
        INFO(type << ": " << lines);
        CHECK(has(lines, "the SQL compares {k} with " + shown));
        CHECK(has(lines, "type = \"" + declared + "\" (parameter.k)"));
    }
}

TEST_CASE("the type below a domain is what counts") {
    const private_postgres server;
    server.query("create domain code as uuid; create domain deep as code check (value is not null)");
    CHECK(has(errors_for(server, "deep", "{ max_length = 64 }", "k = {k}"), "type = \"uuid\""));
    server.query("drop table t; create domain money_of as numeric(10,2)");
    CHECK(has(errors_for(server, "money_of", "{ type = \"integer\" }", "k = {k}"), "money_of"));
}

TEST_CASE("a text that the SQL compares as text is sound whatever the columns type") {
    const private_postgres server;
    server.query("create type mood as enum ('glad', 'sad')");
    for (const std::string type : {"text", "varchar(20)", "char(4)", "uuid", "int", "date", "mood"}) {
        INFO(type);
        CHECK(errors_for(server, type, "{ max_length = 64 }", "k::text = {k}").empty());
    }
    for (const std::string type : {"text", "varchar(20)", "char(4)"}) {
        INFO(type);
        CHECK(errors_for(server, type, "{ max_length = 64 }", "k = {k}").empty());
    }
}

TEST_CASE("a column whose equal values have several texts gives no key and the error says what to do") {
    const private_postgres server;
    server.query(
        "create extension citext; "
        "create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
        "create domain mail as citext");
    for (const std::string type :
         {"citext", "mail", "text collate loose", "varchar(9) collate loose", "float8", "real", "timestamp",
          "timestamptz", "time", "interval", "text[]", "int[]", "jsonb", "bytea", "money"}) {
        const auto lines = errors_for(server, type, "{ max_length = 64 }", "k::text = {k}");
        INFO(type << ": " << lines);
        CHECK(has(lines, "item t: the change of t: items:item:{k} is built from the column k"));
    }
}

TEST_CASE("an integers column has no fraction") {
    const private_postgres server;
    const std::string rule = "{ type = \"integer\" }";
    for (const std::string type : {"int", "bigint", "smallint", "numeric(10)", "numeric(18,0)"}) {
        INFO(type);
        CHECK(errors_for(server, type, rule, "k = {k}").empty());
    }
    for (const std::string type : {"numeric", "numeric(10,2)", "float8"}) {
        const auto lines = errors_for(server, type, rule, "k = {k}");
        INFO(type << ": " << lines);
        CHECK(has(lines, "built from the column k, "));
    }
    CHECK(has(errors_for(server, "numeric(10,2)", rule, "k = {k}"), "declare it with type = \"decimal\""));
}

TEST_CASE("the places of tags are compared too") {
    const private_postgres server;
    server.query("create table t (id int, price numeric)");
    const auto lines = errors_on(server, R"([resource.item]
path = "/v1/{id}"
key = "items:item:{id}"
tags = ["items:of:{id}"]
ttl = "60s"
parameter.id = { type = "integer" }
sql = "select 1 as x from t where id = {id}"
[change.t]
tags = ["items:of:{price}"])");
    INFO(lines);
    CHECK(has(lines, "items:of:{price} is built from the column price, numeric"));
}

TEST_CASE("a database that was never migrated is a warning and a trigger that is gone afterwards an error") {
    const private_postgres server;
    server.query("create table t (k int); create table u (k int)");
    const auto file = file_with("{ type = \"integer\" }", "k = {k}");
    const auto before = check_on(server, file);
    CHECK_FALSE(has_errors(before.report.found));
    REQUIRE(before.report.found.size() == 1);
    CHECK(has(before.report.found[0].todo, "weir migrate"));
    server.query(migration_script(policy_of(file)));
    CHECK(check_on(server, file).report.found.empty());
    server.query("drop trigger weir_update on t");
    const auto lines = errors_on(server, file);
    INFO(lines);
    CHECK(has(lines, " t: table t: the triggers for update are missing -> run weir migrate"));
}

TEST_CASE("a change of a view is an error because a view has no rows of its own") {
    const private_postgres server;
    server.query("create table t (k int); create view seen as select * from t");
    const auto lines = errors_on(server, file_with("{ type = \"integer\" }", "k = {k}") +
                                             "[change.seen]\nkeys = [\"items:item:{k}\"]\n");
    INFO(lines);
    CHECK(has(lines, " seen: the change of seen: the database has no such table"));
}

TEST_CASE("a write whose statement changes another table than a change declares is an error") {
    const private_postgres server;
    server.query("create table t (k int); create schema other; create table other.t (k int)");
    const std::string write = R"([write.add]
method = "POST"
path = "/add"
table = "t"
body.k = { type = "integer", required = true }
sql = "insert into t (k) values ({k}) returning k"
)";
    const auto file = file_with("{ type = \"integer\" }", "k = {k}") + write;
    const auto checked = check_on(server, file);
    REQUIRE(checked.report.reads.size() == 2);
    REQUIRE(checked.report.reads[1].lines.size() == 1);
    CHECK(checked.report.reads[1].lines[0].cover == "change of t");
    server.query("alter database postgres set search_path = other, public");
    auto declared = file;
    declared.replace(declared.find("[change.t]"), 10, "[change.t]\ntable = \"public.t\"");
    const auto lines = errors_on(server, declared);
    INFO(lines);
    CHECK(has(lines, "write.add changes t (k), which no change declares"));
}

TEST_CASE("a change of what the database does not have is an error that names it") {
    const private_postgres server;
    server.query("create table t (k int)");
    const auto column = errors_on(server, file_with("{ type = \"integer\" }", "k = {k}", "gone"));
    INFO(column);
    CHECK(has(column, " t: the change of t needs the column gone, which the table does not have"));
    server.query("drop table t");
    const auto table = errors_on(server, file_with("{ type = \"integer\" }", "k = {k}"));
    INFO(table);
    CHECK(has(table, "the change of t: the database has no such table"));
}

TEST_CASE("a cursor is not judged by its type because no client spells one") {
    const private_postgres server;
    server.query("create table t (k char(3), at int)");
    CHECK(errors_on(server, R"([resource.item]
path = "/v1/items"
key = "items:page:{after}"
tags = ["items:all"]
ttl = "60s"
rows = "many"
query.after = { type = "cursor", default = "" }
sql = "select 1 as x from t where k > {after}"
[change.t]
tags = ["items:all"])")
              .empty());
}

}  // namespace weir::postgres_key_types_test
