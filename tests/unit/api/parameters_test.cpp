#include "../../../lib/api/src/parameters.hpp"

#include "weir/base/path_pattern.hpp"

#include "support/catch.hpp"

namespace weir::parameters_test {
namespace {

parameter parameter_of(std::string name, parameter_source source) {
    parameter p;
    p.name = std::move(name);
    p.source = source;
    return p;
}

parameter query(std::string name) {
    return parameter_of(std::move(name), parameter_source::query);
}

parameter in_path(std::string name) {
    return parameter_of(std::move(name), parameter_source::path);
}

}  // namespace

TEST_CASE("parameters come from path and query in the order declared") {
    const auto path = parse_path_pattern("/v1/{b}/x/{a}");
    std::vector<parameter> declared = {in_path("a"), query("q"), in_path("b"), query("r")};
    declared[1].rule.type = value_type::integer;
    declared[3].required = false;
    declared[3].default_value = "en";
    const api::parameter_reader reader(path, declared);
    const std::vector<std::string_view> segments = {"b%20b", "a%2Fa"};
    const auto got = reader.read(segments, "other=1&q=007&other=2");
    CHECK(got.refused.empty());
    CHECK(got.values == std::vector<std::string>{"a/a", "7", "b b", "en"});
    CHECK(reader.read(segments, "%71=1&r=a+b").values == std::vector<std::string>{"a/a", "1", "b b", "a b"});
}

TEST_CASE("every wrong parameter is named with its reason") {
    const auto path = parse_path_pattern("/v1/{id}");
    std::vector<parameter> declared = {in_path("id"),   query("missing"), query("twice"), query("empty"),
                                       query("escape"), query("utf8"),    query("nul")};
    const api::parameter_reader reader(path, declared);
    const std::vector<std::string_view> segments = {"%zz"};
    const auto got = reader.read(segments, "twice=1&twice=1&empty=&escape=%4&utf8=%ff&nul=%00");
    std::vector<std::string> named;
    for (const auto& r : got.refused) named.push_back(r.name);
    CHECK(named == std::vector<std::string>{"id", "missing", "twice", "empty", "escape", "utf8", "nul"});
    CHECK(got.refused[0].why == "has a malformed percent escape");
    CHECK(got.refused[1].why == "is missing");
    CHECK(got.refused[2].why == "is given more than once");
}

TEST_CASE("a cursor reaches key and SQL decoded and its absence is the beginning") {
    const auto path = parse_path_pattern("/v1");
    std::vector<parameter> declared = {query("after"), query("before")};
    declared[0].is_cursor = true;
    declared[0].rule.trimmed = false;
    declared[0].default_value = "";
    declared[1].is_cursor = true;
    declared[1].rule.type = value_type::integer;
    declared[1].default_value = "0";
    const api::parameter_reader reader(path, declared);
    const auto values = [&](std::string_view query) { return reader.read({}, query).values; };
    CHECK(values("") == std::vector<std::string>{"", "0"});
    CHECK(values("after=cDE&before=MDA3") == std::vector<std::string>{"p1", "7"});
    CHECK(values("after=%63DE") == std::vector<std::string>{"p1", "0"});
    CHECK(values("after=IHg").front() == " x");
}

TEST_CASE("what no answer gave as a cursor is refused without telling what is in it") {
    const auto path = parse_path_pattern("/v1");
    std::vector<parameter> declared = {query("after")};
    declared[0].is_cursor = true;
    declared[0].default_value = "";
    declared[0].rule.length_max = 4;
    const api::parameter_reader reader(path, declared);
    // Another alphabet, padding, stray bits, nothing, no UTF-8, a control character, too long.
    for (const auto* sent : {"!!", "cDE=", "cDE%3D", "cD+x", "cDF", "", "_w", "AA", "cDEyMzQ"}) {
        INFO(sent);
        const auto got = reader.read({}, "after=" + std::string{sent});
        REQUIRE(got.refused.size() == 1);
        CHECK(got.refused[0].name == "after");
        CHECK(got.refused[0].why == "must be a cursor from an earlier answer");
    }
    CHECK(reader.read({}, "after=%4").refused[0].why == "has a malformed percent escape");
}

}  // namespace weir::parameters_test
