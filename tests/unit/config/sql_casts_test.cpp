#include "weir/config/sql_casts.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::sql_casts_test {
namespace {

std::string in_words(std::string_view sql) {
    std::string out;
    for (const weir::sql_cast& c : weir::parameter_casts(sql)) {
        out += (out.empty() ? "" : ", ") + c.parameter + " as " + c.type;
    }
    return out;
}

}  // namespace

TEST_CASE("a cast of a parameter is found however it is written") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"select 1 where id = {id}::uuid", "id as uuid"},
        {"select 1 where id={id} :: UUID and true", "id as uuid"},
        {"select 1 where id = cast({id} as uuid)", "id as uuid"},
        {"select 1 where id = CAST ( {id} AS numeric(20, 4) )", "id as numeric(20,4)"},
        {"select 1 where id = ({id})::pg_catalog.date", "id as pg_catalog.date"},
        {"select 1 where ({id}::text)::uuid = id", "id as text, id as uuid"},
        {"select cast({id}::text as uuid)", "id as text, id as uuid"},
        {"select cast(({id}) as double precision)", "id as double precision"},
        {"select {id}::timestamp(3) with time zone::date", "id as timestamp(3), id as date"},
        {"select {id}::\"citext\"", "id as \"citext\""},
        {"select {id}::character varying(8), {x}::int[]", "id as character varying(8), x as int[]"},
        {"select nullif({id}, '')::uuid, trim(both from {x})::int", "id as uuid, x as int"},
        {"select lower(trim({id}))::uuid", "id as uuid"},
    };
    for (const auto& [sql, expected] : cases) {
        INFO(sql);
        CHECK(in_words(sql) == expected);
    }
}

TEST_CASE("a cast of something that a parameter is only a part of is none of the parameter") {
    for (const auto* sql :
         {"select 1 where id::text = {id}", "select '{id}::uuid' -- {id}::uuid", "select md5({id})::uuid",
          "select (id = {id})::int", "select (select n from t where id = {id})::text",
          "select array_length(string_to_array({id}, ','), 1)::text", "select {id}, x::int"}) {
        INFO(sql);
        CHECK(in_words(sql).empty());
    }
}

TEST_CASE("the place of a cast is that of its parameter") {
    const std::string sql = "select 1\nwhere id = {id}::uuid";
    CHECK(weir::parameter_casts(sql).at(0).offset == sql.find("{id}"));
}

TEST_CASE("text alone compares as its text does") {
    for (const auto* type : {"text", "varchar", "character varying", "pg_catalog.text"}) {
        CHECK(weir::compares_as_text(type));
    }
    for (const auto* type : {"uuid", "int", "numeric(20,4)", "date", "timestamptz", "citext", "boolean",
                             "jsonb", "inet", "varchar(8)", "text[]", "char", "bpchar", "name"}) {
        INFO(type);
        CHECK_FALSE(weir::compares_as_text(type));
    }
}

TEST_CASE("a type that Postgres does not name may be an enum") {
    CHECK_FALSE(weir::is_built_in_type("order_status"));
    CHECK_FALSE(weir::is_built_in_type("citext"));
    CHECK(weir::is_built_in_type("numeric(20,4)"));
    CHECK(weir::is_built_in_type("double precision"));
}

TEST_CASE("a comparison of the column's text with the parameter is seen") {
    for (const auto* sql : {"select 1 where id = {id}::uuid and id::text = {id}",
                            "select 1 where p.id::text={id} and p.id = {id}::uuid",
                            "select 1 where {id} = id::text", "select 1 where {id} = p.id::text"}) {
        INFO(sql);
        CHECK(weir::compares_text_too(sql, "id"));
    }
    for (const auto* sql : {"select 1 where id = {id}::uuid", "select 1 where id::text = {id}::uuid::text",
                            "select 1 where other::text = {other} and id = {id}::uuid"}) {
        INFO(sql);
        CHECK_FALSE(weir::compares_text_too(sql, "id"));
    }
}

}  // namespace weir::sql_casts_test
