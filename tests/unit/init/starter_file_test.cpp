#include "weir/init/starter_file.hpp"

#include "../config/checked.hpp"

#include <algorithm>

namespace weir::starter_file_test {

using namespace weir::init;
using checked::load_text;

namespace {

column integer(std::string name) {
    return {.name = std::move(name), .type = "integer", .is_nullable = false};
}

column text(std::string name, bool is_nullable = true) {
    return {.name = std::move(name), .type = "text", .is_nullable = is_nullable};
}

column typed(std::string name, std::string type) {
    return {.name = std::move(name), .type = std::move(type)};
}

table with_id(std::string name, std::vector<column> others = {}) {
    table t{.schema = "public", .name = std::move(name)};
    t.columns = {integer("id")};
    t.columns.insert(t.columns.end(), others.begin(), others.end());
    t.keys = {{0}};
    t.has_primary_key = true;
    return t;
}

std::string file_of(std::vector<table> tables) {
    catalogue c{.database = "shop",
                .tables = std::move(tables),
                .others = {},
                .keywords = {"order", "select", "user"}};
    return starter_file(c, {.postgres_url = "postgresql://app@db/shop"}).text;
}

// The policy of the file; fails with every problem if there is one.
weir::policy policy_of(const std::string& text) {
    const auto loaded = load_text(text);
    std::string all;
    if (const auto* problems = std::get_if<std::vector<weir::config::problem>>(&loaded)) {
        for (const auto& p : *problems) all += to_text(p) + "\n";
    }
    INFO(all);
    INFO(text);
    const auto* good = std::get_if<weir::config::configuration>(&loaded);
    REQUIRE(good != nullptr);
    return good->policy;
}

weir::policy served(std::vector<table> tables) {
    return policy_of(file_of(std::move(tables)));
}

bool has(const std::string& text, std::string_view part) {
    INFO(part);
    INFO(text);
    return text.find(part) != std::string::npos;
}

std::vector<std::string> names_of(const weir::policy& p) {
    std::vector<std::string> out;
    for (const auto& r : p.resources) out.push_back(r.name + " " + r.path.text);
    return out;
}

std::vector<std::string> writes_of(const weir::policy& p) {
    std::vector<std::string> out;
    for (const auto& w : p.writes) out.push_back(w.name + " " + w.path.text);
    return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a table with a key gets an item and pages and its change and writes") {
    const auto p = served({with_id("books", {text("title", false), typed("price", "bigint")})});
    CHECK(names_of(p) == list{"books_item /v1/books/{id}", "books_page /v1/books"});
    CHECK(writes_of(p) == list{"books_create /admin/v1/books", "books_update /admin/v1/books/{id}",
                               "books_delete /admin/v1/books/{id}"});
    REQUIRE(p.changes.size() == 1);
    CHECK(p.changes[0].table == "books");
    CHECK(p.changes[0].keys.at(0).text() == "books:item:{id}");
    CHECK(p.changes[0].tags.at(0).text() == "books:pages");
}

TEST_CASE("a table with a key of two columns has both in its path") {
    auto lines = with_id("order_lines", {integer("line_no"), typed("amount", "integer")});
    lines.keys = {{0, 1}};
    lines.foreign_keys = {{.columns = {0}, .parent = "orders"}};
    const auto p = served({lines});
    CHECK(names_of(p) == list{"order_lines_item /v1/order-lines/{id}/{line_no}",
                              "order_lines_by_id /v1/order-lines", "order_lines_list /v1/order-lines"});
    CHECK(p.resources[1].when == list{"id"});
    CHECK(p.changes[0].keys.at(2).text() == "order-lines:list");
}

TEST_CASE("a list is made for each foreign key and the one of more columns comes first") {
    auto t = with_id("lines", {integer("tenant"), integer("customer"), integer("employee")});
    t.foreign_keys = {
        {.columns = {1}}, {.columns = {1, 2}}, {.columns = {3}}, {.columns = {3}}, {.columns = {0}}};
    const auto p = served({t});
    CHECK(names_of(p) == list{"lines_item /v1/lines/{id}", "lines_by_tenant_customer /v1/lines",
                              "lines_by_employee /v1/lines", "lines_page /v1/lines"});
    CHECK(p.resources[1].when == list{"customer"});
    CHECK(p.resources[1].cached->key.text() == "lines:by-tenant-customer:{tenant}:{customer}");
    CHECK(has(file_of({t}), "# No list by tenant: each of them has a list of its own."));
}

TEST_CASE("columns that look personal or secret are left out and named") {
    const auto text_of = file_of({with_id("users", {text("name"), text("email"), text("password_hash")})});
    CHECK(has(text_of, "# Left out, because it looks personal: email."));
    CHECK(has(text_of, "# Left out, because it looks secret: password_hash."));
    CHECK_FALSE(text_of.find("{email}") != std::string::npos);
    const auto p = policy_of(text_of);
    CHECK(p.writes.size() == 3);
    for (const auto& r : p.resources) CHECK_FALSE(has(checked::select_of(r).sql, "email"));
}

TEST_CASE("no create is made where a column that was left out is needed") {
    auto users = with_id("users", {text("name"), text("email", false)});
    CHECK(writes_of(served({users})) ==
          list{"users_update /admin/v1/users/{id}", "users_delete /admin/v1/users/{id}"});
    CHECK(has(file_of({users}), "# No create: email is needed and was left out."));
    users.columns[2].default_sql = "''::text";
    CHECK(served({users}).writes.size() == 3);
    CHECK(
        served({with_id("files", {{.name = "data", .type = "bytea", .is_nullable = false}})}).writes.size() ==
        1);
}

TEST_CASE("a key that was left out or that has more than one text for a value gives no item") {
    table t{.schema = "public", .name = "sessions", .columns = {text("token", false), text("note")}};
    t.keys = {{0}};
    CHECK(names_of(served({t})) == list{"sessions_list /v1/sessions"});
    CHECK(has(file_of({t}), "# The rows have no path by this key: its column token was left out."));
    for (const char* type : {"bytea", "double precision", "timestamp with time zone", "interval", "int4range",
                             "point", "citext", "character", "inet", "jsonb", "shop.pair"}) {
        auto odd = with_id("odd", {text("note")});
        odd.columns[0].type = type;
        INFO(type);
        const auto p = served({odd});
        CHECK(names_of(p) == list{"odd_list /v1/odd"});
        CHECK(has(file_of({odd}),
                  "# The rows have no path by this key: its column id cannot be part of a key"));
    }
    auto folded = with_id("folded", {text("note")});
    folded.columns[0] = text("id", false);
    folded.columns[0].is_deterministic = false;
    CHECK(names_of(served({folded})) == list{"folded_list /v1/folded"});
}

TEST_CASE("another unique key stands in for a primary key that cannot be served") {
    auto t = with_id("odd", {text("slug", false)});
    t.columns[0].type = "bytea";
    t.keys = {{0}, {1}};
    CHECK(names_of(served({t})) == list{"odd_item /v1/odd/{slug}", "odd_page /v1/odd"});
    t.columns[1].is_nullable = true;
    CHECK(names_of(served({t})) == list{"odd_list /v1/odd"});
}

TEST_CASE("names that are alike after folding and names that Weir keeps for itself stay apart") {
    auto one = with_id("c");
    one.schema = "a_b";
    auto two = with_id("b_c");
    two.schema = "a";
    const auto p =
        served({one, two, with_id("a_b_c"), with_id("a_b_c_"), with_id("tag"), with_id("invalidate")});
    std::vector<std::string> names;
    for (const auto& r : p.resources) names.push_back(r.name);
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
    CHECK(names.size() == 12);
}

TEST_CASE("a schema is part of the name except for public") {
    auto a = with_id("orders", {text("note")});
    auto b = a;
    b.schema = "shop";
    const auto text_of = file_of({a, b});
    CHECK(has(text_of, "path = \"/v1/shop-orders\""));
    CHECK(has(text_of, "from shop.orders"));
    a.is_visible = false;
    CHECK(has(file_of({a}), "from public.orders"));
}

TEST_CASE("a keyword and a name that is not plain stand in quotes") {
    const auto text_of =
        file_of({with_id("order", {text("select"), text("Mixed"), text("a\"b\\c"), text("update")})});
    CHECK(has(text_of, R"(select id, "select", "Mixed", "a"\"b\\c", "update")"));
    CHECK(has(text_of, R"(from "order")"));
}

TEST_CASE("what the database fills in is no field of a body") {
    auto t = with_id("t", {text("note"), text("made"), text("given")});
    t.columns[0].is_numbered = true;
    t.columns[2].is_generated = true;
    t.columns[3].default_sql = "'{}'::text";
    const auto text_of = file_of({t});
    CHECK(
        has(text_of, "insert into t (note, given)\nvalues ({note}, coalesce({given}, ('{}'::text)::text))"));
    CHECK(has(text_of, "select id, note, made, given\n"));
    CHECK(policy_of(text_of).writes.size() == 3);
}

TEST_CASE("relations that are not served are named with the reason") {
    auto hidden = with_id("hidden");
    hidden.may_select = false;
    auto guarded = with_id("guarded");
    guarded.has_row_security = true;
    catalogue c{.database = "shop",
                .tables = {with_id("t"), hidden, guarded},
                .others = {{"public", "v", "a view"}},
                .keywords = {}};
    const auto made = starter_file(c, {.postgres_url = "postgresql://db/shop"});
    CHECK(made.tables == 1);
    CHECK(has(made.text, "#   public.hidden: the role may not read it"));
    CHECK(has(made.text, "#   public.guarded: its row-level security"));
    CHECK(has(made.text, "#   public.v: it is a view"));
}

TEST_CASE("what the role may not write has no write") {
    auto t = with_id("t", {text("note")});
    t.may_insert = t.may_update = t.may_delete = false;
    CHECK(served({t}).writes.empty());
    t.may_update = true;
    CHECK(writes_of(served({t})) == list{"t_update /admin/v1/t/{id}"});
}

TEST_CASE("a table and its columns may have any name") {
    const std::string longest(63, 'x');
    std::vector<table> tables;
    for (const std::string& name : {std::string{"order"},
                                    std::string{"Order Line"},
                                    std::string{"orderLine"},
                                    std::string{"order_line"},
                                    std::string{"a.b"},
                                    std::string{"a\"b"},
                                    std::string{"it's"},
                                    std::string{"{x}"},
                                    std::string{"}"},
                                    std::string{"a:b/c?d"},
                                    std::string{"back\\slash"},
                                    std::string{"\"\"\""},
                                    std::string{"注文"},
                                    std::string{"2024"},
                                    std::string{" padded "},
                                    std::string{"$1"},
                                    std::string{"${HOME}"},
                                    std::string{"limit"},
                                    std::string{"after"},
                                    std::string{"tag"},
                                    std::string{"--"},
                                    longest + "1",
                                    longest + "2"}) {
        table t{.schema = name.size() < 5 ? name : "public", .name = name};
        t.columns = {integer(name), text(name + "2"), integer(name + "3"), typed("Weir_page", "numeric")};
        t.keys = {{0}};
        t.foreign_keys = {
            {.columns = {2}, .parent_schema = t.schema, .parent = name, .parent_columns = {name}}};
        tables.push_back(std::move(t));
    }
    const auto count = tables.size();
    const auto p = served(std::move(tables));
    CHECK(p.changes.size() == count);
    CHECK(p.writes.size() == 3 * count);
    CHECK(p.resources.size() == 4 * count);
}

TEST_CASE("a name that the file cannot say is skipped with the reason") {
    const auto text_of = file_of({with_id("good", {text("a\nb")}), with_id("line\nbreak")});
    CHECK(has(text_of, "#   public.line break: a change cannot have its name"));
    CHECK(policy_of(text_of).changes.size() == 1);
}

TEST_CASE("every type that a key may have gives an item and a list") {
    auto mood = typed("id", "shop.mood");
    mood.kind = type_kind::enumeration;
    mood.labels = {"sad", "it's ${ok}", "a\"b"};
    for (const auto& key :
         {typed("id", "uuid"), typed("id", "date"), typed("id", "numeric"), typed("id", "boolean"),
          typed("id", "text"), typed("id", "character varying"), typed("id", "smallint"), mood}) {
        auto t = with_id("t", {text("note")});
        t.columns[0] = key;
        t.columns[0].is_nullable = false;
        INFO(key.type);
        const auto p = served({t});
        CHECK(p.resources.size() == 2);
        CHECK(p.resources[0].path.text == "/v1/t/{id}");
        CHECK(p.writes.size() == 3);
    }
}

TEST_CASE("every type but binary and composite ones can be written") {
    std::vector<column> columns;
    for (const char* type : {"bigint",
                             "text",
                             "numeric",
                             "real",
                             "boolean",
                             "uuid",
                             "date",
                             "json",
                             "jsonb",
                             "interval",
                             "timestamp with time zone",
                             "timestamp without time zone",
                             "inet",
                             "point",
                             "bpchar",
                             "public.citext",
                             "xml",
                             "\"bit\"",
                             "int4range",
                             "money"}) {
        columns.push_back(typed("of " + std::string{type}, type));
        auto list_of = typed("list of " + std::string{type}, std::string{type} + "[]");
        list_of.element = type;
        columns.push_back(list_of);
    }
    const auto p = served({with_id("t", columns)});
    REQUIRE(p.writes.size() == 3);
    CHECK(p.writes[0].parameters.size() == 39);  // all but the arrays of json and jsonb, and with the key
}

TEST_CASE("a foreign key gives an item with the row that it refers to and a query for its key") {
    auto categories = with_id("categories", {text("title"), text("email")});
    auto products = with_id("products", {text("title"), integer("category_id"), integer("parent")});
    products.foreign_keys = {
        {.columns = {2}, .parent_schema = "public", .parent = "categories", .parent_columns = {"id"}},
        {.columns = {3}, .parent_schema = "public", .parent = "products", .parent_columns = {"id"}}};
    const auto p = served({categories, products});
    const auto full = std::find_if(p.resources.begin(), p.resources.end(),
                                   [](const auto& r) { return r.name == "products_full"; });
    REQUIRE(full != p.resources.end());
    CHECK(full->path.text == "/v1/products/{id}/full");
    CHECK(has(checked::select_of(*full).sql, "where id = weir_own.category_id) as weir_other) as category"));
    CHECK_FALSE(checked::select_of(*full).sql.find("email") != std::string::npos);
    REQUIRE(p.changes.size() == 2);
    REQUIRE(p.changes[0].through.size() == 1);
    CHECK(p.changes[0].through[0].keys.at(0).text() == "products:full:{id}");
    REQUIRE(p.changes[1].through.size() == 1);
    CHECK(p.changes[1].keys.at(1).text() == "products:full:{id}");
}

}  // namespace weir::starter_file_test
