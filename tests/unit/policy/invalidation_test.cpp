#include "weir/policy/invalidation.hpp"

#include "support/catch.hpp"

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
    CHECK(weir::touched_keys(shop(), {image("p1", "en")}) ==
          keys{"weir:v1:products:item:p1", "weir:v1:products:list:en"});
}

TEST_CASE("a row that moves from one list to another touches both and its item once") {
    CHECK(weir::touched_keys(shop(), {image("p1", "en"), image("p1", "id")}) ==
          keys{"weir:v1:products:item:p1", "weir:v1:products:list:en", "weir:v1:products:list:id"});
}

TEST_CASE("a renamed row touches the keys of both names") {
    CHECK(weir::touched_keys(shop(), {image("old", "en"), image("new", "en")}) ==
          keys{"weir:v1:products:item:new", "weir:v1:products:item:old", "weir:v1:products:list:en"});
}

TEST_CASE("a column that is null or absent or empty gives no key for its templates") {
    CHECK(weir::touched_keys(shop(), {image("p1", std::nullopt)}) == keys{"weir:v1:products:item:p1"});
    CHECK(weir::touched_keys(shop(), {{1, {"products", {{"locale", "en"}}}}}) ==
          keys{"weir:v1:products:list:en"});
    CHECK(weir::touched_keys(shop(), {image(" ", "en")}) == keys{"weir:v1:products:list:en"});
}

TEST_CASE("rows of a table without a change touch nothing") {
    CHECK(weir::touched_keys(shop(), {image("p1", "en", "orders")}).empty());
    CHECK(weir::touched_keys(shop(), {}).empty());
}

TEST_CASE("a column is normalised by the rule of the parameter that asks for it") {
    auto p = shop();
    p.changes[0].columns[1].rule.folded = true;
    CHECK(weir::touched_keys(p, {image("A/B", "en-US")}) ==
          keys{"weir:v1:products:item:A%2FB", "weir:v1:products:list:en-us"});
}

TEST_CASE("a value that no request may ask for touches no key") {
    auto p = shop();
    p.changes[0].columns[0].rule.type = weir::value_type::integer;
    CHECK(weir::touched_keys(p, {image("p1", "en")}) == keys{"weir:v1:products:list:en"});
    CHECK(weir::touched_keys(p, {image("007", "en")}) ==
          keys{"weir:v1:products:item:7", "weir:v1:products:list:en"});
}
