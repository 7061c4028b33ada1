// Writes of several statements.
#include "weir/config/sql_template.hpp"

#include "checked.hpp"

#include <string>
#include <vector>

namespace weir::statements_test {

using namespace checked;
using strings = std::vector<std::string>;
using indices = std::vector<std::size_t>;

namespace {

// 22 lines before the SQL.
std::string order_with(const std::string& sql, const std::string& tables = R"sql(["orders", "stock"])sql") {
    return R"sql([resource.order]
path = "/v1/orders/{id}"
key = "orders:{id}"
ttl = "1m"
parameter.id = {}
sql = "select id from orders where id = {id}"
[resource.stock]
path = "/v1/stock/{id}"
key = "stock:{id}"
ttl = "1m"
parameter.id = {}
sql = "select id from stock where id = {id}"
[change.orders]
keys = ["orders:{id}"]
[change.stock]
keys = ["stock:{id}"]
[write.order]
method = "POST"
path = "/admin/orders"
body.item = {}
table = )sql" +
           tables + "\nsql = " + sql + "\n";
}

}  // namespace

TEST_CASE("a later statement takes columns of what an earlier one returned") {
    const auto p =
        configuration_of(order_with(
                             R"sql(["insert into orders (item) values ({item}) returning id, \"Item No\"",
       "update stock set n = n - 1 where id = {1.id} and no = {1.Item No} and {item} <> {1.id} returning id"])sql"))
            .policy;
    const auto& w = p.writes.at(0);
    CHECK(w.tables == strings{"orders", "stock"});
    REQUIRE(w.statements.size() == 2);
    REQUIRE(w.results.size() == 2);
    CHECK(w.results[0].name == "id");
    CHECK(w.results[1].name == "Item No");
    CHECK(w.statements[0].name == "write_order");
    CHECK(w.statements[0].values == indices{0});
    CHECK(w.statements[0].gives == indices{0, 1});
    const strings columns{"id", "Item No"};
    CHECK(w.statements[0].sql ==
          weir::json_returning("insert into orders (item) values ($1::text) returning id, \"Item No\"",
                               columns));
    CHECK(w.statements[1].name == "write_order.2");
    CHECK(w.statements[1].values == indices{1, 2, 0});
    CHECK(w.statements[1].table == "stock");
    CHECK(w.statements[1].sql.find("id = $1 and no = $2 and $3::text <> $1 returning") != std::string::npos);
}

TEST_CASE("a write has the method that it declares") {
    for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"}) {
        auto text = good;
        text.replace(text.find("\"POST\""), 6, '"' + method + '"');
        CHECK(text_of(configuration_of(text).policy.writes[0].method) == method);
    }
}

TEST_CASE("a write that is called like the second statement of another one has a name of its own") {
    const auto p =
        configuration_of(order_with(R"sql(["insert into orders (item) values ({item}) returning id",
       "update stock set n = 1"])sql") +
                         R"sql([write.order_2]
method = "DELETE"
path = "/admin/orders"
table = "orders"
sql = "delete from orders returning id"
)sql")
            .policy;
    CHECK(p.writes[0].statements[1].name != p.writes[1].statements[0].name);
}

TEST_CASE("a statement may return nothing as long as another one does") {
    const auto p =
        configuration_of(order_with(R"sql(["insert into orders (item) values ({item}) returning id",
       "update stock set n = n - 1 where id = {1.id}"])sql"))
            .policy;
    CHECK(p.writes[0].statements[0].returns);
    CHECK_FALSE(p.writes[0].statements[1].returns);
    CHECK(p.writes[0].statements[1].sql == "update stock set n = n - 1 where id = $1");
    CHECK(
        problem_in(order_with(R"sql(["insert into orders (item) values ({item})", "delete from stock"])sql"))
            .starts_with("22:8 write.order.sql returns nothing"));
}

TEST_CASE("a declared parameter is meant before a result of the same name") {
    auto text = order_with(R"sql(["insert into orders (item) values ({1.id}) returning id",
       "update stock set n = {1.id} where id = 1 returning id"])sql");
    text.replace(text.find("body.item"), 9, "body.\"1.id\"");
    const auto p = configuration_of(text).policy;
    CHECK(p.writes[0].results.empty());
}

TEST_CASE("a result that no earlier statement returns is refused where it stands") {
    CHECK(problem_in(order_with(R"sql(["insert into orders (item) values ({item}) returning id",
  "update stock set n = {2.n} where id = 1 returning n"])sql"))
              .starts_with("23:25 write.order.sql: {2.n} is not of an earlier statement"));
    CHECK(problem_in(order_with(R"sql(["insert into orders (item) values ({item})",
  "update stock set n = {1.n} where id = 1 returning n"])sql"))
              .starts_with("23:25 write.order.sql: {1.n} is of a statement without returning"));
    CHECK(problem_in(order_with(R"sql("insert into orders (item) values ({item}) returning {0.id}")sql",
                                R"sql("orders")sql"))
              .find("{0.id} is not a parameter") != std::string::npos);
}

TEST_CASE("a result that the statement does not return is refused where its columns are shown") {
    const auto file = [](const std::string& returned, const std::string& taken) {
        return order_with("[\"\"\"insert into orders (item) values ({item}) returning " + returned +
                          "\"\"\",\n  \"update stock set n = {1." + taken + "} where id = 1 returning n\"]");
    };
    const std::vector<std::pair<std::string, std::string>> missing{{"id", "order_id"},
                                                                   {"id, item", "n"},
                                                                   {"o.id", "o"},
                                                                   {"Id", "Id"},
                                                                   {"\"Id\"", "id"},
                                                                   {"id as order_id", "id"},
                                                                   {"lower(a, b) as c", "a"},
                                                                   {"id;", "n"},
                                                                   {"id -- , n\n", "n"},
                                                                   {"(select 1 from b returning) as x", "y"}};
    for (const auto& [returned, taken] : missing) {
        INFO(returned << " / " << taken);
        CHECK(problem_in(file(returned, taken)).find("is no column that the statement returns (") !=
              std::string::npos);
    }
    const std::vector<std::pair<std::string, std::string>> fine{{"id", "id"},
                                                                {"ID", "id"},
                                                                {"\"Id\"", "Id"},
                                                                {"o.id, o.n", "n"},
                                                                {"id as order_id", "order_id"},
                                                                {"*", "anything"},
                                                                {"o.*", "any"},
                                                                {"id, now()", "now"},
                                                                {"id n", "n"},
                                                                {"a + b as c", "c"}};
    for (const auto& [returned, taken] : fine) {
        INFO(returned << " / " << taken);
        CHECK(problems_in(file(returned, taken)).empty());
    }
}

TEST_CASE("each statement changes one declared table and each declared table is changed") {
    const std::string first = R"sql(["insert into orders (item) values ({item}) returning id",)sql";
    CHECK(problem_in(order_with(first + "\n  \"select 1\"]"))
              .starts_with("23:4 write.order.sql changes 0 tables"));
    CHECK(problem_in(order_with(first + "\n  \"delete from secrets\"]"))
              .starts_with("23:4 write.order.sql changes secrets, but table says orders, stock"));
    CHECK(problem_in(order_with(first + "\n  \"delete from orders\"]"))
              .starts_with("21:1 write.order: no statement changes stock"));
    CHECK(
        problem_in(order_with(first + "\n  \"delete from stock\"]", R"sql(["orders", "stock", "orders"])sql"))
            .starts_with("21:29 write.order.table names orders twice"));
    CHECK(problem_in(order_with(first + "\n  \"delete from stock; delete from stock\"]"))
              .find("more than one statement") != std::string::npos);
    CHECK(
        problem_in(order_with("[]")).starts_with("22:7 write.order.sql is not a text in quotes or an array"));
}

}  // namespace weir::statements_test
