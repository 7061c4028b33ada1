#include "weir/config/environment.hpp"

#include "checked.hpp"

namespace weir::environment_test {
namespace {

std::string expanded(std::string_view text, checked::variables set = {}) {
    const auto out = weir::config::expand(text, checked::environment_of(std::move(set)));
    return out.error.empty() ? out.text : "error: " + out.error;
}

}  // namespace

TEST_CASE("a variable of the environment stands in for its name") {
    CHECK(expanded("redis://${HOST}:${PORT}/0", {{"HOST", "a"}, {"PORT", "1"}}) == "redis://a:1/0");
    CHECK(expanded("no reference at all") == "no reference at all");
}

TEST_CASE("the default stands in for a variable that is unset or empty") {
    CHECK(expanded("${A:-x:-y}") == "x:-y");
    CHECK(expanded("${A:-x}", {{"A", ""}}) == "x");
    CHECK(expanded("${A:-x}", {{"A", "z"}}) == "z");
    CHECK(expanded("${A:-}").empty());
}

TEST_CASE("a variable without a default must be set") {
    CHECK(expanded("${A}") == "error: the environment variable A is not set");
    CHECK(expanded("${A}", {{"A", ""}}).empty());
}

TEST_CASE("what a variable holds is not expanded again") {
    CHECK(expanded("${A}", {{"A", "${B}"}}) == "${B}");
}

TEST_CASE("a dollar is a dollar unless a brace follows") {
    CHECK(expanded("$A $$ $") == "$A $$ $");
    CHECK(expanded("$${A}") == "${A}");
}

TEST_CASE("a malformed reference is an error") {
    CHECK(expanded("${A") == "error: \"${\" is not closed");
    CHECK(expanded("${}").starts_with("error: "));
    CHECK(expanded("${A B}").starts_with("error: "));
    CHECK(expanded("${1A:-x}").starts_with("error: "));
}

TEST_CASE("a malformed reference is not shown since its default may have a password") {
    for (const char* text : {"${PG-URL:-postgres://app:s3cret@db/x}", "${PG=postgres://app:s3cret@db/x}",
                             "${-postgres://app:s3cret@db/x}"}) {
        INFO(text);
        const auto said = expanded(text);
        CHECK(said.starts_with("error: "));
        CHECK(said.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("whether a text came from the environment is remembered") {
    const auto env = checked::environment_of({{"A", "secret"}});
    CHECK(weir::config::expand("${A:-x}", env).is_from_environment);
    CHECK_FALSE(weir::config::expand("${B:-x}", env).is_from_environment);
}

}  // namespace weir::environment_test
