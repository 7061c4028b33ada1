// Which types may stand behind which rule. What Postgres says of each type is tested with a database
// (integration/postgres_key_types_test.cpp).
#include "weir/schema/column_rules.hpp"

#include "support/catch.hpp"

namespace weir::column_rules_test {
namespace {

type_facts type(std::string name) {
    type_facts t;
    t.written = name;
    t.name = std::move(name);
    return t;
}

value_rule rule(value_type of) {
    value_rule r;
    r.type = of;
    return r;
}

}  // namespace

TEST_CASE("a column is sound behind a text if its equal values have one text") {
    for (const auto* name : {"text", "varchar", "bpchar", "name", "uuid", "int4", "date", "bool", "inet"}) {
        INFO(name);
        CHECK_FALSE(column_trouble(type(name), rule(value_type::text)));
    }
    for (const auto* name :
         {"citext", "float4", "float8", "timestamp", "timestamptz", "interval", "json", "money"}) {
        INFO(name);
        CHECK(column_trouble(type(name), rule(value_type::text)));
    }
}

TEST_CASE("trailing blanks of a char(n) matter only where the rule keeps them") {
    auto kept = rule(value_type::text);
    kept.trimmed = false;
    CHECK(column_trouble(type("bpchar"), kept));
    CHECK(parameter_trouble(type("bpchar"), kept));
    CHECK_FALSE(parameter_trouble(type("bpchar"), rule(value_type::text)));
}

TEST_CASE("a citext is sound behind a text that is folded in the same way") {
    auto folded = rule(value_type::text);
    folded.folded = true;
    CHECK_FALSE(column_trouble(type("citext"), folded));
    CHECK(column_trouble(type("citext"), rule(value_type::text)));
}

TEST_CASE("a collation that calls different texts equal is trouble on both sides") {
    auto loose = type("text");
    loose.is_deterministic = false;
    CHECK(column_trouble(loose, rule(value_type::text)));
    CHECK(parameter_trouble(loose, rule(value_type::text)));
}

TEST_CASE("a numeric is an integer only if it declares no fraction") {
    auto whole = type("numeric");
    whole.scale = 0;
    CHECK_FALSE(column_trouble(whole, rule(value_type::integer)));
    whole.scale = 2;
    CHECK(column_trouble(whole, rule(value_type::integer)));
    CHECK(column_trouble(type("numeric"), rule(value_type::integer)));
}

TEST_CASE("every remedy says something") {
    for (const auto* name :
         {"citext", "float8", "timestamp", "jsonb", "uuid", "numeric", "bool", "date", "int8", "bytea"}) {
        for (const auto of : {value_type::text, value_type::integer, value_type::boolean}) {
            const auto trouble = column_trouble(type(name), rule(of));
            INFO(name);
            if (trouble) CHECK((!trouble->why.empty() && trouble->remedy.size() > 10));
        }
    }
}

}  // namespace weir::column_rules_test
