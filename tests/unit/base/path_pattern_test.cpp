#include "weir/base/path_pattern.hpp"

#include "support/catch.hpp"

#include <stdexcept>

namespace weir::path_pattern_test {

using weir::parse_path_pattern;

TEST_CASE("a path pattern has literal and named segments") {
    const auto p = parse_path_pattern("/v1/products/{id}");
    REQUIRE(p.segments.size() == 3);
    CHECK(p.text == "/v1/products/{id}");
    CHECK(p.segments[1].text == "products");
    CHECK_FALSE(p.segments[1].is_parameter);
    CHECK(p.segments[2].is_parameter);
    CHECK(p.names() == std::vector<std::string>{"id"});
}

TEST_CASE("a path pattern says what is wrong with it") {
    for (const char* text :
         {"",    "/",     "v1",    "/v1/",   "//v1",   "/v1//x",     "/a b", "/a%20b", "/{}",  "/{\"\"}",
          "/{a", "/{a}}", "/{\n}", "/x{id}", "/{id}x", "/{id}/{id}", "/.",   "/..",    "/a?b", "/ü"}) {
        INFO(text);
        CHECK_THROWS_AS(parse_path_pattern(text), std::invalid_argument);
    }
}

TEST_CASE("path patterns have one shape whatever their parameters are called") {
    const auto same = [](const char* a, const char* b) {
        return parse_path_pattern(a).same_shape(parse_path_pattern(b));
    };
    CHECK(same("/v1/{shop}/items", "/v1/{id}/items"));
    CHECK_FALSE(same("/v1/{shop}/items", "/v1/shop/items"));
    CHECK_FALSE(same("/v1/{shop}/items", "/v1/{shop}/lists"));
    CHECK_FALSE(same("/v1/{shop}/items", "/v1/{shop}"));
}

TEST_CASE("path patterns overlap when some path matches both") {
    const auto overlaps = [](const char* a, const char* b) {
        return parse_path_pattern(a).overlaps(parse_path_pattern(b));
    };
    CHECK(overlaps("/v1/products/{id}", "/v1/products/featured"));
    CHECK(overlaps("/v1/{a}/x", "/v1/y/{b}"));
    CHECK_FALSE(overlaps("/v1/products/{id}", "/v1/articles/{id}"));
    CHECK_FALSE(overlaps("/v1/products/{id}", "/v1/products"));
}

}  // namespace weir::path_pattern_test
