#include "weir/schema/migration.hpp"

#include "support/catch.hpp"

namespace weir::migration_sql_test {
namespace {

std::string sql_for(std::string table, std::string column) {
    policy p;
    change c;
    c.table = std::move(table);
    c.columns = {{.name = std::move(column), .rule = {}}};
    p.changes = {c};
    return migration_sql(p);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the migration quotes names as identifiers and as literals") {
    const auto plain = sql_for("products", "id");
    CHECK(contains(plain, R"('"products"', 'products', 'weir.record_products()', array['id'])"));
    CHECK(contains(plain, R"(select r."id"::text collate "C" as c0 from weir_new as r)"));
    CHECK(contains(plain, "jsonb_build_object('id', c0)"));
    const auto odd = sql_for(R"(shop."it's.""x""")", R"(a"b'c)");
    CHECK(contains(odd, R"('"shop"."it''s.""x"""')"));
    CHECK(contains(odd, R"(select r."a""b'c"::text collate "C" as c0)"));
    CHECK(contains(odd, R"(jsonb_build_object('a"b''c', c0))"));
    CHECK(contains(odd, "set search_path = pg_catalog, pg_temp"));
}

TEST_CASE("a name cannot end the quotation that it stands in") {
    const auto sql = sql_for("t", "$weir$; drop table t; --");
    CHECK(contains(sql, "as $weir_$\ndeclare"));
}

TEST_CASE("tables whose names look alike have recorders of their own") {
    const auto recorder = [](const std::string& table) {
        const auto sql = sql_for(table, "id");
        const auto from = sql.find("create or replace function weir.record_");
        return sql.substr(from, sql.find("()", from) - from);
    };
    CHECK(recorder("a.b_c") != recorder("a_b.c"));
    CHECK(recorder("a.b") != recorder("a_b"));
    const std::string longest(60, 'x');
    CHECK(recorder(longest + "1") != recorder(longest + "2"));
    CHECK(recorder(longest).size() < std::string("create or replace function weir.").size() + 64);
}

TEST_CASE("the note of a recorder differs when what it records differs") {
    const auto one = sql_for("t", "id");
    CHECK(contains(one, R"({"t":{"columns":["id"],"bulk_rows":1000,"sha256":")"));
    CHECK_FALSE(contains(sql_for("t", "locale"), R"("columns":["id"])"));
    CHECK(contains(one, installation_mark()));
}

TEST_CASE("a migration gives up a lock that it would have to wait for long") {
    const auto sql = migration_sql(policy{});
    const auto turn = sql.find("pg_advisory_xact_lock");
    const auto timeout = sql.find("set local lock_timeout = '10s'");
    REQUIRE(timeout != std::string::npos);
    CHECK(turn < timeout);  // waiting for another node's migration is no reason to give up
}

TEST_CASE("only a migration that is asked to removes what the file does not declare") {
    const std::string removal = "for t in select * from leftovers";
    CHECK_FALSE(contains(migration_sql(policy{}), removal));
    CHECK(contains(migration_sql(policy{}), "--prune removes them"));
    CHECK(contains(migration_sql(policy{}, leftovers::removed), removal));
    CHECK(contains(migration_sql(policy{}, leftovers::removed), installation_mark()));
}

TEST_CASE("the script is one transaction") {
    const auto script = migration_script(policy{});
    CHECK(contains(script, "\nbegin;\n" + migration_sql(policy{})));
    CHECK(script.ends_with("\ncommit;\n"));
}

TEST_CASE("an uninstallation refuses while consumers are alive unless it is forced") {
    CHECK(contains(removal_script(false), "consumers are alive"));
    CHECK_FALSE(contains(removal_script(true), "consumers are alive"));
    CHECK(contains(removal_script(true), "drop schema if exists weir cascade"));
}

}  // namespace weir::migration_sql_test
