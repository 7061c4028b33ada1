#include "weir/base/hash.hpp"

#include "support/catch.hpp"

TEST_CASE("a random token is 32 hex digits and never the same twice") {
    const auto a = weir::random_token();
    CHECK(a.size() == 32);
    CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(a != weir::random_token());
}
