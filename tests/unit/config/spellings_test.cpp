// SQL that finds a row under several spellings of a key's parameter.
#include "checked.hpp"

namespace weir::spellings_test {

using checked::problem_in;
using checked::problems_in;

namespace {

// A resource whose key a change builds from the column of the same name.
std::string item(const std::string& parameter, const std::string& condition, bool is_named = true) {
    return R"([resource.item]
path = "/v1/items/{id}"
key = "items:item:{id}"
ttl = "1m"
parameter.id = )" +
           parameter + "\nsql = \"select * from items where " + condition + "\"\n" +
           (is_named ? "[change.items]\nkeys = [\"items:item:{id}\"]\n" : "");
}

bool is_refused(const std::string& parameter, const std::string& condition, bool is_named = true) {
    return !problems_in(item(parameter, condition, is_named)).empty();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const std::string text = "{ max_length = 64 }";

}  // namespace

TEST_CASE("a cast of a key's text parameter is refused with its place and the type to declare") {
    const std::string found = problem_in(item(text, "id = {id}::uuid"));
    CHECK(found.starts_with("6:39 resource.item.sql compares the text {id} as uuid"));
    CHECK(has(found,
              "two spellings that Postgres calls equal get two keys, and only one of them is invalidated"));
    CHECK(found.ends_with("-> declare parameter.id = { type = \"uuid\" }"));
}

TEST_CASE("every type whose equality is not that of its text is refused") {
    for (const auto* type : {"uuid", "int", "bigint", "numeric(20,4)", "date", "timestamptz", "citext",
                             "boolean", "jsonb", "inet", "varchar(8)", "order_status", "uuid[]"}) {
        INFO(type);
        CHECK(is_refused("{}", std::string{"x = {id}::"} + type));
        CHECK(is_refused("{}", std::string{"x = cast({id} as "} + type + ")"));
        CHECK(is_refused("{}", std::string{"x = cast ( trim({id}) AS "} + type + " )"));
        CHECK(is_refused("{}", std::string{"x = ({id} || '')::"} + type, false));
    }
    for (const auto* condition : {"x = uuid({id})", "x = date {id}", "x = any(array[{id}]::uuid[])",
                                  "x in ({id}::uuid)", "x = any(string_to_array({id}, ',')::int[])"}) {
        INFO(condition);
        CHECK(is_refused("{}", condition));
    }
    CHECK_FALSE(is_refused("{}", "x = {id}::text or x = {id}::varchar or x = {id}"));
    CHECK_FALSE(is_refused("{}", "x = any(array[{id}]::text[])"));
    CHECK_FALSE(is_refused("{ type = \"uuid\" }", "x = any(array[{id}]::uuid[])"));
    CHECK(is_refused("{}", "x = any({id}::text[])"));
}

TEST_CASE("the remedy of a cast is the type that keeps its values apart") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"int", "type = \"integer\""},
        {"int8", "type = \"integer\""},
        {"numeric(20,4)", "type = \"decimal\" }, and compare column = {id} without the cast"},
        {"float8", "type = \"decimal\""},
        {"boolean", "type = \"boolean\""},
        {"date", "type = \"date\""},
        {"timestamptz", "type = \"date\""},
        {"citext", "lower = true"},
        {"order_status", "one_of"},
        {"inet", "column::text = {id}"},
        {"time", "column::text = {id}"},
        {"pg_catalog.uuid", "type = \"uuid\" }"},
        {"jsonb", "declare its parts"},
        {"uuid[]", "{item} = any(column)"}};
    for (const auto& [type, remedy] : cases) {
        INFO(type);
        CHECK(has(problem_in(item(text, "x = {id}::" + type)), remedy));
    }
    CHECK(has(problem_in("[resource.q]\npath = \"/q\"\nkey = \"q:{x}\"\nttl = \"1m\"\nquery.x = {}\n"
                         "sql = \"select {x}::uuid\"\n"),
              "declare query.x = { type = \"uuid\" }"));
}

TEST_CASE("a cast of a typed parameter is accepted where it keeps its values apart") {
    const auto all = {"integer", "decimal", "boolean", "uuid", "date"};
    for (const std::string type : all) {
        INFO(type);
        const std::string parameter = "{ type = \"" + type + "\" }";
        CHECK_FALSE(is_refused(parameter, "x = {id}"));
        CHECK_FALSE(is_refused(parameter, "x = {id}::text"));
        CHECK_FALSE(is_refused(parameter, "x = cast({id} as " + type + ")"));
        CHECK(is_refused(parameter, "x = {id}::varchar(2)"));
    }
    CHECK_FALSE(is_refused("{ type = \"integer\" }", "n = {id}::smallint and m = {id}::numeric"));
    CHECK_FALSE(is_refused("{ type = \"date\" }", "at = {id}::timestamptz"));
    CHECK(is_refused("{ type = \"integer\" }", "n = {id}::real"));
    CHECK(is_refused("{ type = \"integer\" }", "n = {id}::boolean"));
    CHECK(is_refused("{ type = \"decimal\" }", "n = {id}::int"));
    CHECK(is_refused("{ type = \"decimal\" }", "n = {id}::numeric(20,4)"));
    CHECK(is_refused("{ type = \"decimal\" }", "n = {id}::float8"));
}

TEST_CASE("a text that has one spelling only may be cast") {
    CHECK_FALSE(is_refused("{ one_of = [\"draft\", \"published\"] }", "s = {id}::order_status"));
    CHECK(is_refused("{ one_of = [\"1\", \"2\"] }", "s = {id}::numeric"));
    CHECK_FALSE(is_refused("{}", "addr = {id}::inet and addr::text = {id}"));
    CHECK(is_refused("{}", "addr = {id}::inet or addr::text = {id}"));
    CHECK(is_refused("{}", "id = {id}::uuid and id::text = {id}"));  // declare the type
}

TEST_CASE("a folded comparison with a column that names the key is refused with the remedy") {
    for (const auto* condition :
         {"lower(name) = lower({id})", "name = lower({id})", "name = upper({id})", "upper(name) = {id}",
          "{id} = lower(name)", "lower(name)={id}::text", "name in (lower({id}))", "name ilike {id}",
          "name ~* {id}", "lower(trim({id})) = name", "left({id}, 3) = name", "initcap({id}) = name",
          "(lower({id}) = 'all' or name = {id})"}) {
        INFO(condition);
        CHECK(is_refused(text, condition));
        CHECK_FALSE(
            is_refused(text, condition, false));  // no change names it: it lives by its TTL, or by a tag
    }
    CHECK(has(problem_in(item(text, "lower(name) = lower({id})")), "parameter.id = { lower = true }"));
}

TEST_CASE("a folded parameter may be compared with what is folded in the same way") {
    for (const auto* condition : {"lower(name) = {id}", "lower(name) = lower({id})", "name = {id}",
                                  "lower(trim(name)) = trim({id})"}) {
        INFO(condition);
        CHECK_FALSE(is_refused("{ lower = true }", condition));
    }
    CHECK(is_refused("{ lower = true }", "upper(name) = upper({id})"));
}

TEST_CASE("functions that fold nothing of a key's parameter are accepted") {
    for (const auto* condition :
         {"name = trim({id})", "name = {id} and lower(title) = 'tea'", "name = {id}::text",
          "name = nullif({id}, '')", "name = '{id}' or name = {id}", "name = {id} order by lower(name)"}) {
        INFO(condition);
        CHECK_FALSE(is_refused(text, condition));
    }
    CHECK_FALSE(is_refused("{ one_of = [\"en\"] }", "locale = lower({id})"));
    CHECK_FALSE(is_refused("{ type = \"uuid\" }", "id::text = lower({id}::text)"));
}

TEST_CASE("a function that makes several values of a number or a day one is refused as one of a text is") {
    const auto all = std::vector<std::pair<std::string, std::vector<std::string>>>{
        {"date",
         {"left({id}::text, 7) = month", "date_trunc('month', {id}) = month",
          "id = date_trunc('week', ({id}))", "month = to_char({id}, 'YYYY-MM')",
          "extract(year from {id}) = year", "{id} = date_trunc('month', id)", "left(id::text, 7) = {id}",
          "date_trunc('day', id)::date = {id}"}},
        {"integer",
         {"mod({id}, 10) = shard", "abs({id}) = n", "div({id}, 2) = n", "abs(id) = {id}",
          "substr({id}::text, 1, 2) = zone"}},
        {"decimal", {"round({id}) = n", "trunc(id, 1) = {id}", "ceil({id}) = n", "floor(id) = {id}"}},
        {"uuid", {"left({id}::text, 8) = short"}},
    };
    for (const auto& [type, conditions] : all) {
        for (const auto& condition : conditions) {
            INFO(type << ": " << condition);
            CHECK(is_refused("{ type = \"" + type + "\" }", condition));
            CHECK_FALSE(is_refused("{ type = \"" + type + "\" }", condition, false));
        }
    }
    CHECK(has(problem_in(item("{ type = \"date\" }", "date_trunc('month', {id}) = month")),
              "one row is found under several values"));
}

TEST_CASE("a function of a number or a day that keeps its values apart is accepted") {
    for (const auto* condition :
         {"at >= date_trunc('month', {id}) and at < date_trunc('month', {id}) + interval '1 month'",
          "lower(id::text) = {id}::text", "upper({id}::text) = code", "extract(year from born) = {id}",
          "date_trunc('month', born) = {id}", "trim({id}::text) = code"}) {
        INFO(condition);
        CHECK_FALSE(is_refused("{ type = \"date\" }", condition));
    }
    CHECK_FALSE(is_refused("{ type = \"integer\" }", "at = to_timestamp({id})"));
    CHECK_FALSE(is_refused(text, "to_char(born, 'YYYY') = {id}"));
    CHECK(is_refused(text, "to_char(id, 'YYYY') = {id}"));
}

TEST_CASE("a folded comparison is accepted where the change forgets every answer") {
    const std::string searched = R"toml([resource.item]
path = "/v1/items/{id}"
key = "items:item:{id}"
tags = ["items:all"]
ttl = "1m"
parameter.id = {}
sql = "select * from items where lower(name) = lower({id})"
[change.items]
)toml";
    CHECK(problems_in(searched + "tags = [\"items:all\"]\n").empty());
    CHECK(problems_in(searched + "keys = [\"items:item:{name}\"]\ntags = [\"items:all\"]\n").empty());
    CHECK(problems_in(searched + "keys = [\"items:item:{name}\"]\n").size() == 1);
}

}  // namespace weir::spellings_test
