#include "weir/policy/invalidation.hpp"

#include "support/catch.hpp"

#include <tuple>

namespace weir::policy_invalidation_test {

using keys = std::vector<std::string>;

namespace {

// The change map of a table whose rows have an item and stand in a list.
weir::policy shop() {
    weir::policy p;
    weir::change c;
    c.table = "products";
    c.columns = {{"id", {}}, {"locale", {}}};
    const auto index_of = [](std::string_view name) {
        return name == "id" ? std::size_t{0} : std::size_t{1};
    };
    c.keys = {weir::key_template::parse("products:item:{id}", index_of),
              weir::key_template::parse("products:list:{locale}", index_of)};
    p.changes.push_back(std::move(c));
    return p;
}

weir::outbox_row image(std::optional<std::string> id, std::optional<std::string> locale,
                       std::string table = "products") {
    return {1, {std::move(table), {{"id", std::move(id)}, {"locale", std::move(locale)}}}};
}

}  // namespace

TEST_CASE("a changed row touches the keys of its table") {
    CHECK(weir::touched_by(shop(), {image("p1", "en")}).keys ==
          keys{"weir:v1:products:item:p1", "weir:v1:products:list:en"});
}

TEST_CASE("a row that moves from one list to another touches both and its item once") {
    CHECK(weir::touched_by(shop(), {image("p1", "en"), image("p1", "id")}).keys ==
          keys{"weir:v1:products:item:p1", "weir:v1:products:list:en", "weir:v1:products:list:id"});
}

TEST_CASE("a renamed row touches the keys of both names") {
    CHECK(weir::touched_by(shop(), {image("old", "en"), image("new", "en")}).keys ==
          keys{"weir:v1:products:item:new", "weir:v1:products:item:old", "weir:v1:products:list:en"});
}

TEST_CASE("a column that is null or absent or empty gives no key for its templates") {
    CHECK(weir::touched_by(shop(), {image("p1", std::nullopt)}).keys == keys{"weir:v1:products:item:p1"});
    CHECK(weir::touched_by(shop(), {{1, {"products", {{"locale", "en"}}}}}).keys ==
          keys{"weir:v1:products:list:en"});
    CHECK(weir::touched_by(shop(), {image(" ", "en")}).keys == keys{"weir:v1:products:list:en"});
}

TEST_CASE("rows of a table without a change touch nothing") {
    CHECK(weir::touched_by(shop(), {image("p1", "en", "orders")}).keys.empty());
    CHECK(weir::touched_by(shop(), {}).keys.empty());
}

TEST_CASE("a column is normalised by the rule of the parameter that asks for it") {
    auto p = shop();
    p.changes[0].columns[1].rule.folded = true;
    CHECK(weir::touched_by(p, {image("A/B", "en-US")}).keys ==
          keys{"weir:v1:products:item:A%2FB", "weir:v1:products:list:en-us"});
}

TEST_CASE("a value that no request may ask for touches no key") {
    auto p = shop();
    p.changes[0].columns[0].rule.type = weir::value_type::integer;
    p.changes[0].columns[0].rule.max = 1000;
    for (const char* id : {"1001", "9223372036854775808"}) {
        CHECK(weir::touched_by(p, {image(id, "en")}).keys == keys{"weir:v1:products:list:en"});
    }
    CHECK(weir::touched_by(p, {image("007", "en")}).keys ==
          keys{"weir:v1:products:item:7", "weir:v1:products:list:en"});
}

namespace {

// The same with an item, a list and pages that ask for them.
weir::policy shop_with_pages(std::size_t bulk_rows = 2) {
    weir::policy p = shop();
    const auto first = [](std::string_view) { return std::size_t{0}; };
    const auto locale = [](std::string_view) { return std::size_t{1}; };
    p.changes[0].tags = {weir::key_template::parse("products:pages:{locale}", locale)};
    p.changes[0].bulk_rows = bulk_rows;
    const auto add = [&](const char* name, const char* key) -> weir::resource& {
        weir::resource r;
        r.name = name;
        r.cached.emplace();
        r.cached->key = weir::key_template::parse(key, first);
        p.resources.push_back(std::move(r));
        return p.resources.back();
    };
    add("product", "products:item:{id}");
    add("page", "products:page:{locale}").cached->tags = {
        weir::key_template::parse("products:pages:{locale}", first)};
    add("article", "articles:item:{slug}");
    return p;
}

}  // namespace

TEST_CASE("a changed row touches the tags of its table") {
    CHECK(weir::touched_by(shop_with_pages(), {image("p1", "en")}).tags ==
          keys{"weir:v1:tag:products:pages:en"});
    CHECK(weir::touched_by(shop_with_pages(), {image("p1", std::nullopt)}).tags.empty());
}

TEST_CASE("a value that may equal one that was asked for forgets every resource of its templates") {
    auto p = shop_with_pages();
    p.changes[0].columns[0].rule.type = weir::value_type::integer;
    for (const char* id : {"5.0000", "1e3", "+5", "five", "0x5", "5,0", ""}) {
        INFO(id);
        const auto touched = weir::touched_by(p, {image(id, "en")});
        CHECK(touched.keys == keys{"weir:v1:products:list:en"});
        CHECK(touched.tags == keys{"weir:v1:all:product", "weir:v1:tag:products:pages:en"});
        REQUIRE(touched.refused.size() == 1);
        CHECK(touched.refused[0] == weir::refused_column{"products", "id", "product"});
    }
}

TEST_CASE("a column behind a tag that may equal one that was asked for forgets the tag's resources") {
    auto p = shop_with_pages();
    p.changes[0].columns[1].rule.one_of = {"en", "id"};
    const auto touched = weir::touched_by(p, {image("p1", "EN")});
    CHECK(touched.keys == keys{"weir:v1:products:item:p1"});
    CHECK(touched.tags == keys{"weir:v1:all:page"});
    CHECK(weir::touched_by(p, {image("p1", "fr")}).tags.empty());  // no request may ask for it
    CHECK(weir::touched_by(p, {image("p1", "fr")}).refused.empty());
}

TEST_CASE("a column that the image lacks forgets the resources and a null one does not") {
    const auto p = shop_with_pages();
    const auto lacking = weir::touched_by(p, {{1, {"products", {{"locale", "en"}}}}});
    CHECK(lacking.tags == keys{"weir:v1:all:product", "weir:v1:tag:products:pages:en"});
    CHECK(lacking.refused.size() == 1);
    const auto null = weir::touched_by(p, {image(std::nullopt, "en")});
    CHECK(null.tags == keys{"weir:v1:tag:products:pages:en"});
    CHECK(null.refused.empty());
}

TEST_CASE("a template with another place that is null gives nothing though a value is refused") {
    auto p = shop_with_pages();
    const auto both = [](std::string_view name) { return name == "id" ? std::size_t{0} : std::size_t{1}; };
    p.changes[0].keys = {weir::key_template::parse("products:of:{locale}:{id}", both)};
    p.changes[0].columns[0].rule.type = weir::value_type::integer;
    p.resources[0].cached->key = weir::key_template::parse("products:of:{locale}:{id}", both);
    CHECK(weir::touched_by(p, {image("5.0", std::nullopt)}).tags.empty());
    CHECK(weir::touched_by(p, {image("5.0", "en")}).tags ==
          keys{"weir:v1:all:product", "weir:v1:tag:products:pages:en"});
}

TEST_CASE("a table whose rows may all have changed touches every resource that shows them and no other") {
    weir::outbox_row bulk{1, {"products", {}}, true};
    const auto touched = weir::touched_by(shop_with_pages(), {bulk});
    CHECK(touched.keys.empty());
    CHECK(touched.tags == keys{"weir:v1:all:page", "weir:v1:all:product"});
}

TEST_CASE("more rows than the table's bulk_rows count as all of the table") {
    const std::vector<weir::outbox_row> two{image("p1", "en"), image("p2", "en")};
    CHECK(weir::touched_by(shop_with_pages(2), two).keys.size() == 3);
    const auto collapsed = weir::touched_by(shop_with_pages(1), two);
    CHECK(collapsed.keys.empty());
    CHECK(collapsed.tags == keys{"weir:v1:all:page", "weir:v1:all:product"});
}

TEST_CASE("every resource has a tag of its own before the declared ones") {
    const auto p = shop_with_pages();
    CHECK(weir::tags_of(p.key_head(), p.resources[1], {"en"}) ==
          keys{"weir:v1:all:page", "weir:v1:tag:products:pages:en"});
    CHECK(weir::tags_of(p.key_head(), p.resources[0], {"p1"}) == keys{"weir:v1:all:product"});
}

TEST_CASE("a tag is known however much of its head a person writes") {
    weir::policy p;
    weir::resource r;
    r.name = "page";
    r.cached.emplace();
    r.cached->tags = {
        weir::key_template::parse("products:pages:{locale}", [](std::string_view) { return 0U; })};
    p.resources.push_back(r);
    for (const char* written :
         {"products:pages:en%2Fus", "tag:products:pages:en%2Fus", "weir:v1:tag:products:pages:en%2Fus"}) {
        INFO(written);
        CHECK(weir::find_tag(p, written) == "weir:v1:tag:products:pages:en%2Fus");
        CHECK(weir::find_tag(p, written) == weir::tags_of(p.key_head(), r, {"en/us"}).back());
    }
    CHECK(weir::find_tag(p, "all:page") == "weir:v1:all:page");
    CHECK(weir::find_tag(p, "weir:v1:all:page") == "weir:v1:all:page");
    for (const char* written :
         {"", "products:pages", "products:pages:", "products:pages:en/us", "products:page:en",
          "products:pages:en:de", "all:pages", "weir:v2:tag:products:pages:en"}) {
        INFO(written);
        CHECK_FALSE(weir::find_tag(p, written).has_value());
    }
}

TEST_CASE("a column that spells a typed value otherwise gives the key of the value") {
    const std::vector<std::tuple<weir::value_type, std::string, std::string>> cases{
        {weir::value_type::decimal, "5.0000", "5"},
        {weir::value_type::decimal, "-0.50", "-0.5"},
        {weir::value_type::decimal, "1e+20", "100000000000000000000"},
        {weir::value_type::uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
        {weir::value_type::uuid, "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
        {weir::value_type::date, "2026-01-05", "2026-01-05"},
        {weir::value_type::boolean, "true", "true"}};
    for (const auto& [type, column, part] : cases) {
        INFO(column);
        auto p = shop();
        p.changes[0].columns[0].rule.type = type;
        const auto touched = weir::touched_by(p, {image(column, std::nullopt)});
        CHECK(touched.keys == keys{"weir:v1:products:item:" + part});
        CHECK(touched.refused.empty());
    }
}

TEST_CASE("a column that no request can spell forgets the resource and says so") {
    const std::vector<std::pair<weir::value_type, std::string>> cases{
        {weir::value_type::decimal, "NaN"},     {weir::value_type::decimal, "Infinity"},
        {weir::value_type::date, "infinity"},   {weir::value_type::date, "0044-03-15 BC"},
        {weir::value_type::date, "05.01.2026"}, {weir::value_type::date, "2026-01-05 00:00:00"},
        {weir::value_type::uuid, "item-5"},     {weir::value_type::boolean, "t"}};
    for (const auto& [type, column] : cases) {
        INFO(column);
        auto p = shop_with_pages();
        p.changes[0].columns[0].rule.type = type;
        const auto touched = weir::touched_by(p, {image(column, std::nullopt)});
        CHECK(touched.keys.empty());
        CHECK(touched.tags == keys{"weir:v1:all:product"});
        CHECK(touched.refused.size() == 1);
    }
}

TEST_CASE("a folded column with letters beyond ASCII forgets the resource") {
    auto p = shop_with_pages();
    p.changes[0].columns[0].rule.folded = true;
    CHECK(weir::touched_by(p, {image("TEA", std::nullopt)}).keys == keys{"weir:v1:products:item:tea"});
    for (const char* id : {"\u00c9", "caf\u00e9", "\u212a"}) {  // the Kelvin sign: lower() makes a k of it
        CHECK(weir::touched_by(p, {image(id, std::nullopt)}).tags == keys{"weir:v1:all:product"});
    }
}

}  // namespace weir::policy_invalidation_test
