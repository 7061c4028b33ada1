#include "weir/http/target.hpp"

#include "support/catch.hpp"

#include <vector>

namespace weir::target_test {

using namespace weir::http;

TEST_CASE("a target is split into path and query") {
    struct sample {
        const char* target;
        const char* path;
        const char* query;
    };
    const auto c = GENERATE(values<sample>({
        {"/", "/", ""},
        {"/a/b", "/a/b", ""},
        {"/a?b=c", "/a", "b=c"},
        {"/a?b?c", "/a", "b?c"},
        {"/?", "/", ""},
        {"//a", "//a", ""},
        {"http://h/a?b", "/a", "b"},
        {"HTTPS://h:1/a", "/a", ""},
        {"http://h", "/", ""},
        {"http://h?x=1", "/", "x=1"},
    }));
    INFO(c.target);
    const auto got = split(c.target);
    REQUIRE(got);
    CHECK(got->path == c.path);
    CHECK(got->query == c.query);
}

TEST_CASE("a target of another form is none of ours") {
    const auto* target = GENERATE("", "*", "a", "a:443", "http:///a", "http://", "ftp://h/a", "/a#b", "/a b",
                                  "/\x7f", "/\xc3\xa9");
    INFO(target);
    CHECK_FALSE(split(target));
}

TEST_CASE("percent escapes are decoded and malformed ones refused") {
    CHECK(percent_decode("a%2Fb%3a%20+", decoding::path) == "a/b: +");
    CHECK(percent_decode("a+b%2B", decoding::query) == "a b+");
    CHECK(percent_decode("%C3%A9", decoding::path) == "\xc3\xa9");
    CHECK(percent_decode("%00", decoding::path) == std::string(1, '\0'));
    CHECK(percent_decode("%2525", decoding::path) == "%25");
    for (const auto* bad : {"%", "%4", "a%", "%zz", "%4g", "%%41", "% 1"}) {
        INFO(bad);
        CHECK_FALSE(percent_decode(bad, decoding::path));
    }
}

TEST_CASE("the arguments of a query come in order") {
    std::string_view rest = "a=1&&b=&c&=d&e=f=g";
    std::vector<std::pair<std::string_view, std::string_view>> seen;
    while (const auto next = next_argument(rest)) seen.emplace_back(next->name, next->value);
    CHECK(seen == std::vector<std::pair<std::string_view, std::string_view>>{
                      {"a", "1"}, {"b", ""}, {"c", ""}, {"", "d"}, {"e", "f=g"}});
}

}  // namespace weir::target_test
