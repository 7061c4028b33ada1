#include "weir/policy/through.hpp"

#include "support/catch.hpp"

namespace weir::policy_through_test {

using names = std::vector<std::string>;

namespace {

key_template templ(const char* text) {
    return key_template::parse(text, [](std::string_view) { return std::size_t{0}; });
}

resource cached(const char* name, const char* key) {
    resource r;
    r.name = name;
    r.cached.emplace();
    r.cached->key = templ(key);
    return r;
}

change table(const char* name, const char* column, std::vector<key_template> keys) {
    change c;
    c.table = name;
    c.columns = {{column, {}}};
    c.keys = std::move(keys);
    c.bulk_rows = 3;
    return c;
}

through_query query(const char* column, const char* key, names tables) {
    through_query q;
    q.columns = {{column, {}}};
    q.keys = {templ(key)};
    q.tables = std::move(tables);
    q.select.values = {0};
    return q;
}

// Categories reach products, and totals through lines and products; products reach totals through lines.
policy shop() {
    policy p;
    p.resources = {cached("product", "products:item:{id}"), cached("total", "totals:item:{id}")};
    p.changes = {table("categories", "category", {}),
                 table("products", "product", {templ("products:item:{product}")}),
                 table("lines", "order", {templ("totals:item:{order}")})};
    p.changes[0].through = {query("product", "products:item:{product}", {"products"}),
                            query("order", "totals:item:{order}", {"lines", "products"})};
    p.changes[1].through = {query("order", "totals:item:{order}", {"lines"})};
    return p;
}

outbox_row row(std::int64_t id, const char* name, const char* column, std::optional<std::string> value) {
    return {id, {name, {{column, std::move(value)}}}};
}

outbox_row category(std::int64_t id, const char* value) {
    return row(id, "categories", "category", value);
}

through_answer answer(const policy& p, std::size_t change, std::size_t query, names values) {
    through_answer made{&p.changes[change], &p.changes[change].through[query], {}};
    for (const auto& value : values) {
        made.rows.push_back({"", {{made.query->columns[0].name, value}}});
    }
    return made;
}

}  // namespace

TEST_CASE("the tables that matter are those of the queries and those of their queries in turn") {
    const auto p = shop();
    CHECK(tables_read_through(p, {category(1, "c")}) == names{"lines", "products"});
    CHECK(tables_read_through(p, {row(1, "products", "product", "p")}) == names{"lines"});
    CHECK(tables_read_through(p, {row(1, "lines", "order", "o")}).empty());
    CHECK(tables_read_through(p, {}).empty());
    auto circular = shop();
    circular.changes[2].through = {query("product", "products:item:{product}", {"categories"})};
    CHECK(tables_read_through(circular, {row(1, "lines", "order", "o")}) ==
          names{"categories", "lines", "products"});
}

TEST_CASE("each row asks each query of its table once") {
    const auto p = shop();
    const auto asked = questions_of(p, {category(1, "c"), category(2, "d"), category(3, "c"),
                                        row(4, "products", "product", "p"), row(5, "lines", "order", "o")});
    CHECK(asked.size() == 5);
    CHECK(asked[0] == through_question{&p.changes[0], &p.changes[0].through[0], {"c"}});
    CHECK(asked[4] == through_question{&p.changes[1], &p.changes[1].through[0], {"p"}});
    CHECK(questions_of(p, {row(1, "categories", "category", std::nullopt)})[0].arguments ==
          std::vector<sql_value>{std::nullopt});
}

TEST_CASE("what is found joins what the rows and the owed rows touch themselves") {
    const auto p = shop();
    through_found found;
    found.owed = {category(1, "c"), row(2, "products", "product", "moved"), row(3, "lines", "order", "o9")};
    found.answers = {answer(p, 0, 0, {"p1", "p2"}), answer(p, 0, 1, {"o1"}), answer(p, 1, 0, {"o2"})};
    const auto got = touched_by(p, {category(1, "c")}, found);
    CHECK(got.keys == names{"weir:v1:products:item:moved", "weir:v1:products:item:p1",
                            "weir:v1:products:item:p2", "weir:v1:totals:item:o1", "weir:v1:totals:item:o2",
                            "weir:v1:totals:item:o9"});
    CHECK(got.tags.empty());
}

TEST_CASE("without an answer each resource that a query of the rows reaches is forgotten as a whole") {
    const auto p = shop();
    CHECK(touched_by(p, {category(1, "c")}, std::nullopt).tags ==
          names{"weir:v1:all:product", "weir:v1:all:total"});
    const auto product = touched_by(p, {row(1, "products", "product", "p")}, std::nullopt);
    CHECK(product.tags == names{"weir:v1:all:total"});
    CHECK(product.keys == names{"weir:v1:products:item:p"});
}

TEST_CASE("more answers than the table's bulk_rows forget the query's resources as a whole") {
    const auto p = shop();
    through_found found;
    found.answers = {answer(p, 0, 0, {"p1", "p2", "p3", "p4"}), answer(p, 0, 1, {"o1"})};
    const auto got = touched_by(p, {category(1, "c")}, found);
    CHECK(got.tags == names{"weir:v1:all:product"});
    CHECK(got.keys == names{"weir:v1:totals:item:o1"});
    found.answers[0].rows.clear();
    found.answers[0].is_whole = true;
    CHECK(touched_by(p, {category(1, "c")}, found).tags == names{"weir:v1:all:product"});
}

TEST_CASE("rows that count as all of their table ask nothing and forget what its queries reach") {
    const auto p = shop();
    outbox_row bulk{1, {"categories", {}}};
    bulk.is_bulk = true;
    CHECK(questions_of(p, {bulk, category(2, "c")}).empty());
    CHECK(tables_read_through(p, {bulk}).empty());
    CHECK(touched_by(p, {bulk}).tags == names{"weir:v1:all:product", "weir:v1:all:total"});
    const std::vector<outbox_row> many{category(1, "a"), category(2, "b"), category(3, "c"),
                                       category(4, "d")};
    CHECK(questions_of(p, many).empty());
    CHECK(touched_by(p, many).tags == names{"weir:v1:all:product", "weir:v1:all:total"});
}

TEST_CASE("owed rows that count as all of their table forget what it reaches") {
    const auto p = shop();
    through_found found;
    found.owed = {{9, {"products", {}}}};
    found.owed[0].is_bulk = true;
    CHECK(touched_by(p, {category(1, "c")}, found).tags == names{"weir:v1:all:product", "weir:v1:all:total"});
}

TEST_CASE("a row that was recorded without an argument forgets the query's resources as a whole") {
    const auto p = shop();
    const outbox_row lacking{1, {"products", {{"other", "x"}}}};
    CHECK(questions_of(p, {lacking}).empty());
    CHECK(touched_by(p, {lacking}, through_found{}).tags ==
          names{"weir:v1:all:product", "weir:v1:all:total"});
}

}  // namespace weir::policy_through_test
