// Names of any spelling, for tables, columns, parameters and body fields: quoted both ways, generated.
#include "weir/base/placeholder.hpp"
#include "weir/config/sql_template.hpp"
#include "weir/policy/invalidation.hpp"

#include "checked.hpp"

#include <random>

namespace weir::names_test {

using namespace checked;

namespace {

std::string in_quotes(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) out.append(c == '"' ? 2 : 1, c);
    return out + '"';
}

// As a basic string of TOML.
std::string toml(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

// Names that existing databases and clients have, and others made of the same pieces.
std::vector<std::string> odd_names() {
    std::vector<std::string> out{
        "Product",  "categoryId", "select", "user",   "Order Line", "price-cents", "é",
        "数量",     "a.b",        "a\"b",   "a}b",    "{a}",        "1st",         "1.id",
        "it's",     "a:b",        "a/b",    "a\\b",   "$1",         "%s",          "filter[status]",
        "\"quoted", "a;b",        "--",     "/* a */"};
    const std::vector<std::string> pieces{"a", "B", "é", " ", ".",  "\"", "'", "{", "}", ":", "/", "-",
                                          "_", "0", "$", "%", "\\", "[",  "]", ";", "(", "?", "&", "="};
    std::mt19937 random{7};  // NOLINT(cert-msc51-cpp): the same names in each run
    for (int n = 0; n < 60; ++n) {
        std::string name = "x";
        for (unsigned i = random() % 8 + 1; i > 0; --i) name += pieces[random() % pieces.size()];
        out.push_back(name + "x");
    }
    return out;
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

// One name in every place that a name may have.
std::string file_with(const std::string& name) {
    std::string text = R"([resource.one]
path = PATH
key = KEY
ttl = "1m"
parameter.TOML = {}
sql = SELECT
[resource.many]
path = "/many"
key = MANY
ttl = "1m"
rows = "many"
query.TOML = {}
sql = SELECT
[change.some]
table = TABLE
keys = [KEY, MANY]
[write.put]
method = "PUT"
path = "/admin/one"
table = TABLE
body.TOML = { required = true }
sql = UPDATE
)";
    const std::string place = weir::placeholder_text(name);
    const std::string table = in_quotes("S" + name) + "." + in_quotes(name);
    const std::string column = in_quotes(name);
    text = replaced(text, "PATH", toml("/one/" + place));
    text = replaced(text, "KEY", toml("one:" + place));
    text = replaced(text, "MANY", toml("many:" + place));
    text = replaced(text, "TOML", toml(name));
    text = replaced(text, "TABLE", toml(table));
    text = replaced(text, "SELECT",
                    toml("select " + column + " from " + table + " where " + column + " = " + place));
    return replaced(text, "UPDATE",
                    toml("update " + table + " set " + column + " = " + place + " returning " + column));
}

}  // namespace

TEST_CASE("a name of any spelling is a parameter a body field a column and a table") {
    for (const std::string& name : odd_names()) {
        INFO(name);
        const auto p = configuration_of(file_with(name)).policy;
        CHECK(p.resources[0].parameters.at(0).name == name);
        CHECK(p.resources[0].path.names() == std::vector{name});
        CHECK(p.resources[1].parameters.at(0).name == name);
        CHECK(p.writes[0].parameters.at(0).name == name);
        CHECK(p.changes[0].columns.at(0).name == name);
        CHECK(p.writes[0].tables == std::vector{p.changes[0].table});
        CHECK(p.writes[0].statements.at(0).table == p.changes[0].table);
        const weir::row_image image{.table = p.changes[0].table, .columns = {{name, "v"}}};
        CHECK(weir::touched_by(p, {{.image = image}}).keys ==
              std::vector<std::string>{"weir:v1:many:v", "weir:v1:one:v"});
    }
}

TEST_CASE("a placeholder is found again in its own text") {
    for (const std::string& name : odd_names()) {
        INFO(name);
        const std::string text = weir::placeholder_text(name);
        CHECK(weir::placeholder_name(text) == name);
        CHECK(weir::placeholder_end(text + " and {other}", 0) == text.size());
        const auto made = weir::key_template::parse("a:" + text + ":b", [](std::string_view) { return 0U; });
        CHECK(made.names() == std::vector{name});
        CHECK(made.text() == "a:" + text + ":b");
    }
}

TEST_CASE("a table's name has one spelling however it is quoted") {
    for (const std::string& name : odd_names()) {
        INFO(name);
        const auto plain = weir::table_name(in_quotes(name));
        REQUIRE(plain);
        CHECK(weir::table_name(*plain) == plain);
        const auto targets = weir::write_targets("update only " + in_quotes(name) + " set a = 1");
        REQUIRE(targets.size() == 1);
        CHECK(targets[0].table == *plain);
        const auto in_schema = weir::table_name("Shop." + in_quotes(name));
        REQUIRE(in_schema);
        CHECK(weir::write_targets("delete from \"Shop\" . " + in_quotes(name))[0].table == *in_schema);
    }
    CHECK(weir::table_name("\"products\"") == "products");
    CHECK(weir::table_name("shop.\"Order Line\"") == "shop.Order Line");
}

TEST_CASE("what is no table's name is refused") {
    for (const char* text : {"", ".", "a.", ".a", "a.b.c", "\"", "\"\"", "\"a", "a\"b", "\"a\"b", " a", "a ",
                             "a .b", "a\nb", "\"a\"\"", "a.\"b\".c"}) {
        INFO(text);
        CHECK_FALSE(weir::table_name(text));
    }
}

TEST_CASE("the file gives a table's name as the database has it and SQL folds what is not quoted") {
    const auto with_table = [](const std::string& table, const std::string& sql) {
        auto text = replaced(good, "table = \"items\"", "table = " + toml(table));
        return problems_in(replaced(text, "update items", "update " + sql));
    };
    CHECK(with_table("Items", "\"Items\"").empty());
    CHECK(with_table("items", "ITEMS").empty());
    CHECK(with_table("\"Items\"", "public.\"Items\"").empty());
    const auto folded = with_table("Items", "Items");
    REQUIRE(folded.size() == 1);
    CHECK(folded[0].find("write.update_item.sql changes items, but table says Items") != std::string::npos);
}

TEST_CASE("a change and a write may spell the schema public or leave it out") {
    auto text = good;
    text.replace(text.rfind("table = \"items\""), 15, "table = \"public.items\"");
    const auto p = configuration_of(text).policy;
    CHECK(p.writes[0].tables == std::vector<std::string>{"items"});
    CHECK(p.writes[0].statements[0].table == "items");
}

TEST_CASE("a name that needs quotes in TOML is shown in them") {
    const auto problems = problems_in(replaced(good, "/v1/items/{id}", "/v1/items/{id}/{Item Id}"));
    REQUIRE_FALSE(problems.empty());
    CHECK(problems[0].find("add parameter.\"Item Id\" = ") != std::string::npos);
}

}  // namespace weir::names_test
