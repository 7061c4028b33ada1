// What the file accepts with a reason, and what it notes where secrets are absent.
#include "checked.hpp"

#include <algorithm>

namespace weir::acceptances_test {

using checked::configuration_of;
using checked::problem_in;

namespace {

std::string item_with(const std::string& more) {
    return R"([resource.item]
path = "/v1/items/{id}"
key = "items:item:{id}"
ttl = "1m"
parameter.id = { max_length = 64 }
sql = """
select id
from items
where id = {id}"""
)" + more;
}

weir::config::loaded noting(const std::string& text) {
    return weir::config::parse(text, "weir.toml", checked::environment_of({}),
                               weir::config::admin_token::optional, weir::config::unset_variables::noted);
}

}  // namespace

TEST_CASE("tables that are accepted unwatched keep their names and reasons") {
    const auto c = configuration_of(item_with(R"(unwatched.rates = { reason = "once a year" }
unwatched."Shop.Odd Name" = { reason = "never" }
volatile = { reason = "a minute is fine" })"));
    const auto& cached = *c.policy.resources[0].cached;
    REQUIRE(cached.unwatched.size() == 2);
    CHECK(cached.unwatched[0].name == "rates");
    CHECK(cached.unwatched[0].reason == "once a year");
    CHECK(cached.unwatched[1].name == "Shop.Odd Name");
    CHECK(cached.volatile_reason == "a minute is fine");
}

TEST_CASE("an acceptance without a reason is refused") {
    for (const auto* line :
         {"unwatched.rates = {}", "unwatched.rates = { reason = \"\" }", "volatile = {}"}) {
        INFO(line);
        CHECK(problem_in(item_with(line)).find("says no reason") != std::string::npos);
    }
    CHECK(problem_in(item_with("unwatched.rates = { because = \"x\", reason = \"y\" }")).find("because") !=
          std::string::npos);
    CHECK(problem_in(item_with("volatile = true")).find("is not a table") != std::string::npos);
}

TEST_CASE("a private resource has nothing to accept") {
    const auto problem = problem_in(R"([resource.mine]
path = "/v1/mine"
private = true
reason = "of one user"
unwatched.rates = { reason = "x" }
sql = "select 1 as one")");
    CHECK(problem.find("is private and has a unwatched") != std::string::npos);
}

TEST_CASE("the SQL is also kept as its author wrote it without the parameters types") {
    const auto c = configuration_of(item_with(""));
    const auto& select = checked::select_of(c.policy.resources[0]);
    CHECK(select.untyped_sql == "select id\nfrom items\nwhere id = $1");
    CHECK(select.sql.find("$1::") != std::string::npos);
}

TEST_CASE("declarations are found again by their titles fields and lines of SQL") {
    const auto c = configuration_of(
        item_with("unwatched.rates = { reason = \"x\" }\n[change.c]\ntable = \"items\"\nkeys = "
                  "[\"items:item:{id}\"]\n"));
    CHECK(c.declared.of("resource.item").line == 1);
    CHECK(c.declared.of("resource.item", "ttl").line == 4);
    CHECK(c.declared.of("resource.item", "unwatched.rates").line == 10);
    CHECK(c.declared.of("resource.item", "absent").line == 1);
    CHECK(c.declared.of("change of items", "keys").line == 13);
    CHECK(c.declared.of("resource.gone").line == 0);
    CHECK(c.declared.of_sql_line("resource.item", 0).line == 7);
    CHECK(c.declared.of_sql_line("resource.item", 2).line == 9);
    CHECK(c.declared.of_sql_line("resource.item", 99).line == 9);
}

TEST_CASE("variables that are not set are noted every one of them and the rest is judged") {
    const std::string settings = R"([postgres]
url = "postgresql://${DB_USER}:${DB_PASSWORD}@db/shop"
connections = "${CONNECTIONS}"
[keys]
prefix = "${PREFIX:-shop}"
)";
    const auto loaded = noting(settings + item_with(""));
    const auto* c = std::get_if<weir::config::configuration>(&loaded);
    REQUIRE(c != nullptr);
    std::string noted;
    for (const auto& p : c->unset) noted += std::to_string(p.line) + " " + p.what + "\n";
    CHECK(
        noted ==
        "2 postgres.url needs DB_USER, which is not set\n2 postgres.url needs DB_PASSWORD, which is not set\n"
        "3 postgres.connections needs CONNECTIONS, which is not set\n");
    CHECK(c->policy.key_prefix == "shop");
    const auto wrong = noting(settings + item_with("colour = \"red\""));
    REQUIRE(std::holds_alternative<std::vector<weir::config::problem>>(wrong));
    CHECK(std::get<std::vector<weir::config::problem>>(wrong).size() == 1);
    CHECK(std::holds_alternative<std::vector<weir::config::problem>>(
        noting("[postgres]\nurl = \"${A}${1x}\"\n" + item_with(""))));
    CHECK(checked::problems_in(settings + item_with("")).size() == 2);
}

}  // namespace weir::acceptances_test
