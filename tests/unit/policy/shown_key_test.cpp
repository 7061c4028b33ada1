// A loaded row whose columns give another key than the one that was asked for.
#include "weir/policy/shown_key.hpp"

#include "support/catch.hpp"
#include "support/shop.hpp"

namespace weir::shown_key_test {
namespace {

using values = std::vector<std::string>;

std::vector<key_column> by_slug(value_rule rule = {}) {
    return {{.parameter = 0, .name = "slug", .rule = std::move(rule)}};
}

value_rule of_type(value_type type) {
    value_rule rule;
    rule.type = type;
    return rule;
}

value_rule folded() {
    value_rule rule;
    rule.folded = true;
    return rule;
}

bool gives(std::string_view body, const std::string& asked, value_rule rule = {}) {
    return may_give_key(by_slug(std::move(rule)), {asked}, body);
}

TEST_CASE("a row that shows another spelling of its key is told from one that shows the same") {
    CHECK(gives(R"({"id":1,"slug":"hello"})", "hello"));
    CHECK_FALSE(gives(R"({"id":1,"slug":"Hello"})", "hello"));
    CHECK_FALSE(gives(R"({"slug":"h\u0065llo!","id":1})", "hello"));
    CHECK(gives(R"({"slug":"h\u0065llo"})", "hello"));
    CHECK_FALSE(gives(R"({"slug":null})", "hello"));
}

TEST_CASE("a column is read by the rule that an invalidation reads it by") {
    CHECK(gives(R"({"slug":"Hello"})", "hello", folded()));
    CHECK(gives(R"({"slug":" hello "})", "hello"));
    const value_rule integer = of_type(value_type::integer);
    CHECK(gives(R"({"slug":7})", "7", integer));
    CHECK(gives("{\"slug\": 7 \n}", "7", integer));
    CHECK(gives(R"({"slug":"7"})", "7", integer));
    CHECK(gives(R"({"slug":9223372036854775807})", "9223372036854775807", integer));
    CHECK_FALSE(gives(R"({"slug":8})", "7", integer));
    // Such a value makes an invalidation forget the whole resource, so this key too.
    CHECK(gives(R"({"slug":7.0})", "7", integer));
    const value_rule flag = of_type(value_type::boolean);
    CHECK(gives(R"({"slug":true})", "true", flag));
    CHECK_FALSE(gives(R"({"slug":false})", "true", flag));
}

TEST_CASE("a row that shows no column of its key says nothing") {
    for (const char* body :
         {R"({"id":1})", "{}", "[]", "7", "", "{", "not json", R"({"slug":["hello"]})", R"({"slug":{"a":1}})",
          R"([{"slug":"other"}])", R"({"inner":{"slug":"other"}})"}) {
        INFO(body);
        CHECK(gives(body, "hello"));
    }
    CHECK(may_give_key({}, {"hello"}, R"({"slug":"other"})"));
}

TEST_CASE("every member of the key counts wherever it stands") {
    const std::vector<key_column> both{{.parameter = 0, .name = "a", .rule = {}},
                                       {.parameter = 1, .name = "b", .rule = {}}};
    CHECK(may_give_key(both, {"x", "y"}, R"({"b":"y","c":[1,{"a":2}],"a":"x"})"));
    CHECK_FALSE(may_give_key(both, {"x", "y"}, R"({"b":"Y","c":[1,2],"a":"x"})"));
    CHECK_FALSE(may_give_key(both, {"x", "y"}, R"({"b":"y","a":"X"})"));
    CHECK(may_give_key(both, {"x", "y"}, R"({"b":"y"})"));
}

TEST_CASE("where several columns stand for a parameter one of them is enough") {
    const std::vector<key_column> either{{.parameter = 0, .name = "id", .rule = {}},
                                         {.parameter = 0, .name = "product_id", .rule = {}}};
    CHECK(may_give_key(either, {"p1"}, R"({"id":"offer 7","product_id":"p1"})"));
    CHECK(may_give_key(either, {"p1"}, R"({"id":"p1","product_id":"other"})"));
    CHECK_FALSE(may_give_key(either, {"p1"}, R"({"id":"other","product_id":"another"})"));
}

TEST_CASE("a body over a mebibyte is not looked at") {
    const std::string body = R"({"pad":")" + std::string(1U << 20U, 'x') + R"(","slug":"Hello"})";
    CHECK(gives(body, "hello"));
}

TEST_CASE("the columns of a key come from the changes that give it") {
    policy p = test::shop_policy();
    auto columns = key_columns_of(p, p.resources[0]);
    REQUIRE(columns.size() == 1);
    CHECK(columns[0].name == "id");
    CHECK(columns[0].parameter == 0);
    CHECK(key_columns_of(p, p.resources[1]).empty());  // a list
    CHECK(key_columns_of(p, p.resources[2]).empty());  // private
    change offers;
    offers.table = "offers";
    offers.columns = {{.name = "product_id", .rule = {}}};
    offers.keys = {test::template_of("products:item:{product_id}", {"product_id"})};
    p.changes.push_back(offers);
    p.changes.push_back(offers);
    columns = key_columns_of(p, p.resources[0]);
    REQUIRE(columns.size() == 2);
    CHECK(columns[1].name == "product_id");
    p.resources[0].cached->shows_key = false;
    CHECK(key_columns_of(p, p.resources[0]).empty());
    p.resources[0].cached->shows_key = true;
    p.changes.clear();
    CHECK(key_columns_of(p, p.resources[0]).empty());
}

TEST_CASE("a parameter that a literal or an element of an array stands for is not looked at") {
    policy p = test::shop_policy();
    p.changes[0].keys.push_back(test::template_of("products:item:all", {}));
    CHECK(key_columns_of(p, p.resources[0]).empty());
    p.changes[0].keys.pop_back();
    CHECK(key_columns_of(p, p.resources[0]).size() == 1);
    p.changes[0].columns[0].each_element = true;
    CHECK(key_columns_of(p, p.resources[0]).empty());
}

}  // namespace

}  // namespace weir::shown_key_test
