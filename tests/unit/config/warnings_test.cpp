// What is accepted with a warning.
#include "checked.hpp"

using checked::configuration_of;
using weir::config::problem;

namespace {

std::vector<problem> warnings_of(const std::string& parameter, const std::string& condition) {
    return configuration_of(R"([resource.item]
path = "/v1/items/{id}"
key = "items:item:{id}"
ttl = "1m"
parameter.id = )" + parameter +
                            "\nsql = \"select * from items where " + condition + "\"\n")
        .warnings;
}

}  // namespace

TEST_CASE("a cast of a key's text parameter is a warning with its place and the danger") {
    const auto found = warnings_of("{ max_length = 64 }", "id = {id}::uuid");
    REQUIRE(found.size() == 1);
    CHECK(found[0].line == 6);
    CHECK(found[0].column > 30);
    for (const auto* part :
         {"resource.item", "{id}", "uuid", "two keys", "only one of them is invalidated"}) {
        INFO(part);
        CHECK(found[0].what.find(part) != std::string::npos);
    }
    CHECK(found[0].todo.find("column::text = {id}") != std::string::npos);
    CHECK(weir::config::to_warning(found[0]).find(": warning: resource.item") != std::string::npos);
}

TEST_CASE("every type whose equality is not that of its text is warned of") {
    for (const auto* type : {"uuid", "int", "bigint", "numeric(20,4)", "date", "timestamptz", "citext",
                             "boolean", "jsonb", "inet", "varchar(8)", "order_status"}) {
        INFO(type);
        CHECK(warnings_of("{}", std::string{"x = {id}::"} + type).size() == 1);
        CHECK(warnings_of("{}", std::string{"x = cast({id} as "} + type + ")").size() == 1);
    }
    CHECK(warnings_of("{}", "x = {id}::text or x = {id}::varchar or x = {id}").empty());
}

TEST_CASE("the remedy for a number or a truth value is its own type") {
    CHECK(warnings_of("{}", "n = {id}::int")[0].todo.find("type = \"integer\"") != std::string::npos);
    CHECK(warnings_of("{}", "n = {id}::boolean")[0].todo.find("type = \"boolean\"") != std::string::npos);
}

TEST_CASE("what has one spelling only is not warned of") {
    CHECK(warnings_of("{ type = \"integer\" }", "n = {id}::smallint").empty());
    CHECK(warnings_of("{ type = \"boolean\" }", "n = {id}::text").empty());
    CHECK(warnings_of("{}", "id = {id}::uuid and id::text = {id}").empty());
    CHECK(warnings_of("{ one_of = [\"draft\", \"published\"] }", "s = {id}::order_status").empty());
    CHECK(warnings_of("{ one_of = [\"1\", \"2\"] }", "s = {id}::numeric").size() == 1);
}
