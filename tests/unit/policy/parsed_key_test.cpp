#include "weir/policy/parsed_key.hpp"

#include "support/catch.hpp"
#include "support/shop.hpp"

#include <string>
#include <vector>

namespace weir::parsed_key_test {
namespace {

using values = std::vector<std::string>;

// An entry by two values, the second an integer.
policy pages_policy() {
    policy p;
    resource r;
    r.name = "page";
    value_rule integer;
    integer.type = value_type::integer;
    r.parameters = {{.name = "locale", .rule = {}, .default_value = {}},
                    {.name = "number", .rule = integer, .default_value = {}}};
    r.cached.emplace();
    r.cached->key = test::template_of("pages:{number}:{locale}", {"locale", "number"});
    p.resources.push_back(std::move(r));
    return p;
}

TEST_CASE("a key tells the resource and the values that give it") {
    const policy p = test::shop_policy();
    const auto item = parse_key(p, "weir:v1:products:item:p1");
    REQUIRE(item.has_value());
    CHECK(item->what == &p.resources[0]);
    CHECK(item->values == values{"p1"});
    const auto list = parse_key(p, "weir:v1:products:list:en");
    REQUIRE(list.has_value());
    CHECK(list->what == &p.resources[1]);
    CHECK(list->values == values{"en"});
}

TEST_CASE("values are decoded and stand in the order of the parameters") {
    const policy p = pages_policy();
    for (const values& asked : {values{"en", "7"}, values{"a:b/c %41é", "-1"}, values{"~!*'()", "0"}}) {
        const auto found = parse_key(p, p.resources[0].cached->key.render(p.key_head(), asked));
        REQUIRE(found.has_value());
        CHECK(found->values == asked);
    }
}

TEST_CASE("a key that no request can have made is no question") {
    const policy shop = test::shop_policy();
    for (const char* key :
         {"", "weir:v1", "weir:v1:", "weir:v2:products:item:p1", "weir:v1:products:item",
          "weir:v1:products:item:", "weir:v1:products:item:p1:x", "weir:v1:products:item:%41",
          "weir:v1:products:item:%4", "weir:v1:products:item:%zz", "weir:v1:products:item:%20",
          "weir:v1:all:product", "other"}) {
        INFO(key);
        CHECK_FALSE(parse_key(shop, key).has_value());
    }
    const policy pages = pages_policy();
    CHECK(parse_key(pages, "weir:v1:pages:7:en").has_value());
    CHECK_FALSE(parse_key(pages, "weir:v1:pages:07:en").has_value());
    CHECK_FALSE(parse_key(pages, "weir:v1:pages:seven:en").has_value());
}

TEST_CASE("a hashed part cannot be read back") {
    const policy p = test::shop_policy();
    const values asked{std::string(200, 'x')};
    CHECK_FALSE(parse_key(p, p.resources[0].cached->key.render(p.key_head(), asked)).has_value());
}

TEST_CASE("the empty value is that of a parameter whose default it is") {
    policy p = pages_policy();
    CHECK_FALSE(parse_key(p, "weir:v1:pages:7:=").has_value());
    p.resources[0].parameters[0].default_value = "";
    const auto found = parse_key(p, "weir:v1:pages:7:=");
    REQUIRE(found.has_value());
    CHECK(found->values == values{"", "7"});
}

}  // namespace

}  // namespace weir::parsed_key_test
