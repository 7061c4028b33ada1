// Changes that reach keys through a query: what is read of them, and what is refused.
#include "weir/policy/through.hpp"

#include "checked.hpp"

namespace weir::config_through_test {

using checked::configuration_of;
using checked::problem_in;
using checked::problems_in;
using names = std::vector<std::string>;

namespace {

// A shop: products show their category's name, totals show their products' prices.
const std::string resources = R"([resource.product]
path = "/products/{id}"
key = "products:item:{id}"
ttl = "10m"
parameter.id = { type = "integer" }
sql = "select p.name, c.name as category from products p join categories c using (category_id) where p.id = {id}"
[resource.total]
path = "/orders/{id}/total"
key = "orders:total:{id}"
tags = ["orders:totals"]
ttl = "10m"
parameter.id = { type = "integer" }
sql = "select sum(quantity * price) as total from lines join products using (id) where order_id = {id}"
)";

const std::string lines = "[change.lines]\nkeys = [\"orders:total:{order_id}\"]\n";

const std::string products = R"([change.products]
keys = ["products:item:{id}"]
[[change.products.through]]
sql = "select order_id from lines where product_id = {id}"
keys = ["orders:total:{order_id}"]
)";

std::string categories(const std::string& sql,
                       const std::string& names = R"(keys = ["products:item:{id}"])") {
    return "[[change.categories.through]]\nsql = \"" + sql + "\"\n" + names + "\n";
}

const std::string by_category = "select id from products where category_id = {category_id}";

const weir::change& change_of(const weir::policy& p, const std::string& table) {
    const auto found = std::find_if(p.changes.begin(), p.changes.end(),
                                    [&](const weir::change& c) { return c.table == table; });
    REQUIRE(found != p.changes.end());
    return *found;
}

}  // namespace

TEST_CASE("a change reaches keys through a query over other tables") {
    const auto p = configuration_of(resources + lines + products + categories(by_category)).policy;
    const auto& query = change_of(p, "categories").through.at(0);
    CHECK(query.select.name.starts_with("through_categories_"));
    CHECK(query.tables == names{"products"});
    CHECK(query.keys.at(0).text() == "products:item:{id}");
    CHECK(query.select.sql ==
          "select distinct weir_row.\"id\"::text collate \"C\" from (\nselect id from products where "
          "category_id = "
          "$1\n) weir_row limit 1001");
    CHECK(change_of(p, "categories").columns.at(0).name == "category_id");
    CHECK(query.select.values == std::vector<std::size_t>{0});
    CHECK(weir::reaches(change_of(p, "categories"), p.resources[0]));
    CHECK_FALSE(weir::reaches(change_of(p, "categories"), p.resources[1]));
}

TEST_CASE("a query over two joins reads both tables and each of them reaches the same key") {
    const auto p =
        configuration_of(resources + lines + products +
                         categories("select order_id from lines l join products p on p.id = l.product_id "
                                    "where p.category_id = {category_id}",
                                    R"(keys = ["orders:total:{order_id}"])"))
            .policy;
    const auto& query = change_of(p, "categories").through.at(0);
    CHECK(query.tables == names{"lines", "products"});
    const weir::outbox_row row{1, {"categories", {{"category_id", "7"}}}};
    CHECK(weir::tables_read_through(p, {row}) == names{"lines", "products"});
    const weir::outbox_row product{2, {"products", {{"id", "3"}}}};
    CHECK(weir::tables_read_through(p, {product}) == names{"lines"});
    const weir::outbox_row line{3, {"lines", {{"order_id", "5"}}}};
    CHECK(weir::tables_read_through(p, {line}).empty());
}

TEST_CASE("a query may name tables and columns in any spelling") {
    const auto p = configuration_of(resources + lines + R"([change.Products]
keys = ["products:item:{productId}"]
[change.categories]
table = '"Cat.egories"'
[[change.categories.through]]
sql = """select "productId" from "public"."Products" where "Category Id" = {Category Id}"""
keys = ["products:item:{productId}"]
)")
                       .policy;
    const auto& categories = p.changes.back();
    CHECK(categories.columns.at(0).name == "Category Id");
    CHECK(categories.through.at(0).tables == names{"Products"});
    CHECK(categories.through.at(0).select.sql.find("weir_row.\"productId\"::text") != std::string::npos);
}

TEST_CASE("a constant that the filter treats in its own way needs a key of a query too") {
    const auto file = [](const std::string& keys) {
        return resources + R"([resource.by_name]
path = "/products"
key = "products:list:{name}"
ttl = "10m"
query.name = { default = "all" }
sql = "select p.id from products p join categories c using (category_id) where {name} = 'all' or c.name = {name}"
)" + lines + products +
               categories("select name from categories c where category_id = {category_id}",
                          "keys = [" + keys + "]");
    };
    const auto problems = problems_in(file(R"("products:list:{name}")"));
    REQUIRE_FALSE(problems.empty());
    CHECK(std::any_of(problems.begin(), problems.end(), [](const std::string& p) {
        return p.find("add \"products:list:all\" to the keys") != std::string::npos;
    }));
    for (const auto& p : problems_in(file(R"("products:list:{name}", "products:list:all")"))) {
        CHECK(p.find("compares {name}") == std::string::npos);
    }
}

TEST_CASE("a change may have queries alone and several of them and tags from them") {
    const auto p = configuration_of(resources + lines + products + categories(by_category) +
                                    categories("select 1 from products where category_id = {category_id}",
                                               R"(tags = ["orders:totals"])"))
                       .policy;
    CHECK(change_of(p, "categories").through.size() == 2);
    CHECK(change_of(p, "categories").through[1].select.sql.find("select distinct null from") == 0);
    CHECK(change_of(p, "categories").keys.empty());
}

TEST_CASE("a query may read the change's own table") {
    const auto p = configuration_of(resources + lines + R"([change.products]
keys = ["products:item:{id}"]
[[change.products.through]]
sql = "select other.id from products other where other.parent = {id}"
keys = ["products:item:{id}"]
[change.categories]
keys = ["products:item:{category_id}"]
)")
                       .policy;
    CHECK(change_of(p, "products").through.at(0).tables == names{"products"});
    CHECK(weir::tables_read_through(p, {{1, {"products", {{"id", "1"}}}}}) == names{"products"});
}

TEST_CASE("a table that a query reads needs a change that reaches the same resource") {
    const auto undeclared = problem_in(resources + lines + categories(by_category));
    CHECK(undeclared.find("change.categories.through.sql reads products, which has no declared change") !=
          std::string::npos);
    CHECK(undeclared.find("-> declare [change.products]") != std::string::npos);
    const auto unreached =
        problem_in(resources + lines + products +
                   categories("select p.id from products p join lines l on l.product_id = p.id "
                              "where p.category_id = {category_id}"));
    CHECK(unreached.find("reads lines, whose change does not reach resource.product") != std::string::npos);
    CHECK(unreached.find("-> add \"products:item:{id}\" to [change.lines]") != std::string::npos);
}

TEST_CASE("every way to name a table in a query is seen") {
    for (const char* sql :
         {"select id from products, suppliers where category_id = {category_id}",
          "select id from products where category_id in (select x from suppliers where y = {category_id})",
          "with s as (select x from suppliers) select id from products join s on x = id where y = "
          "{category_id}",
          "select id from (products join (suppliers cross join products q) on true) where y = {category_id}",
          "select id from products p join products q on f(p.a, q.b), suppliers where y = {category_id}",
          "select id from products union select id from only suppliers where y = {category_id}"}) {
        INFO(sql);
        CHECK(problem_in(resources + lines + products + categories(sql))
                  .find("reads suppliers, which has no") != std::string::npos);
    }
}

TEST_CASE("a query that is not one reading statement is refused") {
    const auto problem = [](const std::string& text) {
        return problem_in(resources + lines + products + text);
    };
    CHECK(problem(categories("delete from products where id = {category_id}")).find("must only read") !=
          std::string::npos);
    CHECK(problem("[[change.categories.through]]\nkeys = [\"products:item:{id}\"]\n").find("has no sql") !=
          std::string::npos);
    CHECK(problem(categories(by_category, "")).find("names neither keys nor tags") != std::string::npos);
    CHECK(problem(categories(by_category, R"(keys = ["products:of:{id}"])"))
              .find("is the key of no resource") != std::string::npos);
    CHECK(problem(categories(by_category, "keys = [\"products:item:{id}\"]\nttl = \"1s\""))
              .find("unknown field change.categories.through.ttl") != std::string::npos);
    CHECK(problem(categories(by_category + "; select 1")).find("more than one statement") !=
          std::string::npos);
    CHECK(problem("[change.categories]\nthrough = 7\n")
              .find("a list of tables, each under [[change.categories.through]]") != std::string::npos);
}

TEST_CASE("the table of the policy says what is reached through which query") {
    const auto printed =
        weir::config::print_policy(configuration_of(resources + lines + products + categories(by_category)));
    CHECK(printed.find("categories through products") != std::string::npos);
    CHECK(printed.find("products through lines") != std::string::npos);
}

}  // namespace weir::config_through_test
