// When two answers are the same, and when a write missed one.
#include "../../../lib/prove/src/verdict.hpp"

#include "support/catch.hpp"

namespace weir::verdict_test {

using namespace weir::prove;

namespace {

answer body(std::string text) {
    return {.is_known = true, .body = std::move(text)};
}

}  // namespace

TEST_CASE("arrays in another order are the same but for order") {
    CHECK(is_same_but_for_order(body(R"([{"a":1},{"a":2}])"), body(R"([{"a":2},{"a":1}])")));
    CHECK(is_same_but_for_order(body(R"({"x":[1,[2,3]]})"), body(R"({"x":[[3,2],1]})")));
    CHECK_FALSE(is_same_but_for_order(body("[1,2]"), body("[1,2,2]")));
    CHECK_FALSE(is_same_but_for_order(body("{\"a\":1}"), body("{\"a\":2}")));
    CHECK_FALSE(is_same_but_for_order(body("[]"), answer{.is_known = true, .body = std::nullopt}));
}

TEST_CASE("an answer is missed when neither its key nor a tag is named") {
    resource r;
    r.cached.emplace();
    const question q{.reading = 0,
                     .values = {},
                     .key = "weir:v1:a:1",
                     .tags = {"weir:v1:all:a", "weir:v1:tag:t"},
                     .body = {}};
    CHECK(is_missed(r, q, body("1"), {.keys = {"weir:v1:a:2"}, .tags = {"weir:v1:all:b"}}));
    CHECK_FALSE(is_missed(r, q, body("1"), {.keys = {"weir:v1:a:1"}, .tags = {}}));
    CHECK_FALSE(is_missed(r, q, body("1"), {.keys = {}, .tags = {"weir:v1:tag:t"}}));
    CHECK_FALSE(is_missed(r, q, body("1"), {.keys = {}, .tags = {"weir:v1:all:a"}}));
}

TEST_CASE("an absence that is not stored cannot be missed") {
    resource r;
    r.cached.emplace();
    const question q{.reading = 0, .values = {}, .key = "weir:v1:a:1", .tags = {}, .body = {}};
    const answer absent{.is_known = true, .body = std::nullopt};
    CHECK_FALSE(is_missed(r, q, absent, {}));
    r.cached->ttl.negative_ttl = milliseconds{1};
    CHECK(is_missed(r, q, absent, {}));
}

TEST_CASE("a long body is shown around its first difference") {
    const std::string same(1000, 'x');
    const auto shown = shortened(same + "A" + same, same + "B" + same);
    CHECK(shown.find('A') != std::string::npos);
    CHECK(shown.size() < 200);
    CHECK(shortened(std::nullopt, same) == "not found");
    CHECK(shortened(std::string("short"), same) == "short");
}

}  // namespace weir::verdict_test
