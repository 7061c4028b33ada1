// What clients see of the values that are wrong.
#include "weir/http/problem.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

namespace weir::problem_test {
namespace {

boost::json::value body_of(std::size_t mistakes) {
    std::vector<http::refused_value> refused;
    for (std::size_t i = 0; i < mistakes; ++i)
        refused.push_back({.name = "f" + std::to_string(i), .why = "is unknown"});
    http::response out;
    http::problem(out, 422, http::named_by::field, refused);
    return boost::json::parse(out.body);
}

}  // namespace

TEST_CASE("every wrong value of a request is named with its reason") {
    const auto body = body_of(2);
    CHECK(body.at("detail").as_string() == "field f0 is unknown; field f1 is unknown");
    CHECK(body.at("errors").as_array().size() == 2);
    CHECK(body.at("errors").at(1).at("field").as_string() == "f1");
}

TEST_CASE("of thousands of wrong values a hundred are named and the others are counted") {
    for (const std::size_t mistakes : {101, 5000}) {
        const auto body = body_of(mistakes);
        const auto& errors = body.at("errors").as_array();
        REQUIRE(errors.size() == 101);
        CHECK(errors[99].at("field").as_string() == "f99");
        const std::string more = "and " + std::to_string(mistakes - 100) + " more";
        CHECK(errors[100].at("detail").as_string() == more.c_str());
        CHECK(std::string(body.at("detail").as_string()).ends_with("; " + more));
    }
    CHECK(body_of(100).at("errors").as_array().size() == 100);
}

}  // namespace weir::problem_test
