#include "weir/adapters/postgres_migration.hpp"

#include "support/catch.hpp"

using namespace weir;

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
    CHECK(contains(plain, R"(jsonb_build_object('id', r."id"::text))"));
    const auto odd = sql_for(R"(shop."it's.""x""")", R"(a"b'c)");
    CHECK(contains(odd, R"('"shop"."it''s.""x"""')"));
    CHECK(contains(odd, R"('a"b''c', r."a""b'c"::text)"));
    CHECK(contains(odd, "set search_path = pg_catalog, pg_temp"));
}

TEST_CASE("a name cannot end the quotation that it stands in") {
    const auto sql = sql_for("t", "$weir$; drop table t; --");
    CHECK(contains(sql, "as $weir_$\nbegin"));
}

TEST_CASE("tables whose names look alike have recorders of their own") {
    const auto recorder = [](const std::string& table) {
        const auto sql = sql_for(table, "id");
        const auto from = sql.find("create or replace function ");
        return sql.substr(from, sql.find("()", from) - from);
    };
    CHECK(recorder("a.b_c") != recorder("a_b.c"));
    CHECK(recorder("a.b") != recorder("a_b"));
    const std::string longest(60, 'x');
    CHECK(recorder(longest + "1") != recorder(longest + "2"));
    CHECK(recorder(longest).size() < std::string("create or replace function weir.").size() + 64);
}
