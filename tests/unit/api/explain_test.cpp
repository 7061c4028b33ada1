#include "../../../lib/api/src/explain_endpoint.hpp"
#include "../../../lib/api/src/json_text.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>

namespace weir {
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
    const std::string text = api::explanation_text(item, e);
    INFO(text);
    CHECK(text.find(R"("load_ms":0.341,)") != std::string::npos);
    CHECK(text.find(R"("age_s":0.25,)") != std::string::npos);
    CHECK(text.find("E+") == std::string::npos);
    CHECK(text.find("E-") == std::string::npos);
    CHECK(text.find("E0") == std::string::npos);
}

TEST_CASE("every kind of JSON value is written and reads back the same") {
    const std::string text =
        R"({"a":[1,-2,18446744073709551615,0.341,123456.75,true,null],"b":{"\"quoted\"":"two\nlines"},"c":[],"d":{}})";
    CHECK(api::json_text(json::parse(text)) == text);
    CHECK(json::parse(api::json_text(json::value(0.1 + 0.2))) == json::value(0.1 + 0.2));
}

}  // namespace
}  // namespace weir
