#include "weir/policy/same_rows.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace weir::same_rows_test {
namespace {

using rows = std::vector<std::string>;

std::string list_of(const rows& all) {
    std::string out = "[";
    for (const auto& row : all) out += (out.size() > 1 ? ", \n " : "") + row;
    return out + "]";
}

TEST_CASE("arrays with the same elements have the same rows in whichever order") {
    rows all{R"({"id":1,"name":"a, b"})",
             R"({"id":2,"tags":["]","["]})",
             R"({"id":3,"of":{"x":[1,2]}})",
             "null",
             "7",
             R"("text, with } and \" in it")",
             R"({"id":1,"name":"a, b"})"};
    std::minstd_rand random{7};
    const auto first = list_of(all);
    for (int i = 0; i < 50; ++i) {
        std::shuffle(all.begin(), all.end(), random);
        CHECK(have_same_rows(first, list_of(all)));
    }
    CHECK(have_same_rows("[]", "[]"));
}

TEST_CASE("arrays whose elements differ do not have the same rows") {
    const rows all{R"({"id":1})", R"({"id":2})", R"({"id":1})"};
    CHECK_FALSE(have_same_rows(list_of(all), list_of({R"({"id":1})", R"({"id":2})", R"({"id":2})"})));
    CHECK_FALSE(have_same_rows(list_of(all), list_of({R"({"id":1})", R"({"id":2})"})));
    CHECK_FALSE(have_same_rows(R"([{"tags":[1,2]}])", R"([{"tags":[2,1]}])"));
    CHECK_FALSE(have_same_rows(R"({"a":1,"b":2})", R"({"b":2,"a":1})"));
    CHECK_FALSE(have_same_rows("[1,2", "[2,1"));
    CHECK_FALSE(have_same_rows("", ""));
}

}  // namespace

}  // namespace weir::same_rows_test
