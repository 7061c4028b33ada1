#include "../../../lib/api/src/explain_endpoint.hpp"
#include "../../../lib/api/src/json_text.hpp"
#include "support/catch.hpp"
#include "support/shop.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace weir::api_explain_test {
namespace {

namespace json = boost::json;

TEST_CASE("an explanation has numbers as people write them") {
    resource item;
    item.name = "item";
    entry_parts kept = make_entry({.ttl = seconds{60}}, "{}", unix_ms{milliseconds{1'700'000'000'000}},
                                  microseconds{341}, 0);
    explanation e;
    e.at = unix_ms{milliseconds{1'700'000'000'250}};
    e.key = {.text = "weir:v1:items:1", .version = {}, .invalidated = e.at - seconds{5}};
    e.l1 = {.what = tier_view::state::present, .content = entry::make(kept)};
    const std::string text = api::explanation_text({}, item, e);
    INFO(text);
    CHECK(text.find(R"("load_ms":0.341,)") != std::string::npos);
    CHECK(text.find(R"("age_s":0.25,)") != std::string::npos);
    CHECK(text.find("E+") == std::string::npos);
    CHECK(text.find("E-") == std::string::npos);
    CHECK(text.find("E0") == std::string::npos);
}

TEST_CASE("an explanation says which tables forget the entry and what they are reached through") {
    policy shop = test::shop_policy();
    through_query query;
    query.keys = shop.changes[0].keys;
    query.tables = {"products"};
    change categories;
    categories.table = "categories";
    categories.through = {query};
    shop.changes.push_back(categories);
    CHECK(api::explanation_text(shop, shop.resources[0], {})
              .find(R"("invalidated_by":[{"table":"products","by":"key"},)"
                    R"({"table":"categories","by":"key","through":["products"]}])") != std::string::npos);
}

TEST_CASE("every kind of JSON value is written as JSON") {
    const json::array numbers{1, -2, std::numeric_limits<std::uint64_t>::max(), 0.341, 123456.75};
    const json::value all{{"a", numbers},
                          {"b", {{"\"quoted\"", "two\nlines"}}},
                          {"c", json::array{true, nullptr}},
                          {"d", json::array{}},
                          {"e", json::object{}}};
    CHECK(api::json_text(all) ==
          R"({"a":[1,-2,18446744073709551615,0.341,123456.75],"b":{"\"quoted\"":"two\nlines"},)"
          R"("c":[true,null],"d":[],"e":{}})");
    CHECK(std::stod(api::json_text(0.1 + 0.2)) == 0.1 + 0.2);
}

}  // namespace

}  // namespace weir::api_explain_test
