#include "weir/base/hash.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

namespace weir::hash_test {

TEST_CASE("a random token is 32 hex digits and never the same twice") {
    const auto a = weir::random_token();
    CHECK(a.size() == 32);
    CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
    std::set<std::string> seen{a};
    for (int i = 0; i < 1000; ++i) CHECK(seen.insert(weir::random_token()).second);
}

}  // namespace weir::hash_test
