#include "../../../lib/api/src/negotiation.hpp"

#include "../../../lib/api/src/conditional.hpp"
#include "../../../lib/http/src/tracing.hpp"
#include "support/catch.hpp"

namespace weir::negotiation_test {

using namespace weir::api;
using namespace weir::http;

TEST_CASE("Accept admits JSON unless its most specific range says otherwise") {
    const auto c = GENERATE(values<std::pair<const char*, bool>>({
        {"", true},
        {"  ", true},
        {"application/json", true},
        {"APPLICATION/JSON", true},
        {"application/json; charset=utf-8", true},
        {"application/json;q=0.001", true},
        {"application/*", true},
        {"*/*", true},
        {"*", true},
        {"text/html, */*;q=0.1", true},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
        {"*/*;q=0, application/json", true},
        {"application/*;q=0, application/json;q=1", true},
        {"text/html", false},
        {"application/xml", false},
        {"application/json;q=0", false},
        {"application/json;Q=0.000", false},
        {"application/json;q=0, */*", false},
        {"application/json; q=0 , application/*;q=1", false},
        {"application/*;q=0, */*;q=1", false},
        {"*/*;q=0", false},
        {"application/problem+json", false},
        {",,,", false},
    }));
    INFO(c.first);
    CHECK(accepts_json(c.first) == c.second);
}

namespace {

std::string ranked(std::string_view field, const weir::compression& offered = {}) {
    std::string out;
    const auto accepted = codings_of(field, offered);
    for (const weir::coding c : accepted.ranked()) out.append(out.empty() ? "" : " ").append(name(c));
    return out;
}

}  // namespace

TEST_CASE("Accept-Encoding ranks the codings by weight and then by what makes them small") {
    const auto c = GENERATE(values<std::pair<const char*, const char*>>({
        {"", "identity"},
        {"  ", "identity"},
        {",", "identity"},
        {"identity", "identity"},
        {"gzip", "gzip identity"},
        {"GZip", "gzip identity"},
        {"x-gzip", "gzip identity"},
        {"gzip, deflate", "gzip identity"},
        {"gzip, deflate, br", "br gzip identity"},
        {"gzip, deflate, br, zstd", "br zstd gzip identity"},
        {"gzip,identity", "gzip identity"},
        {"gzip;q=0.5, identity", "identity gzip"},
        {"br;q=0.1, gzip;q=0.9, zstd;q=0.5", "gzip zstd br identity"},
        {"br;q=0.001, gzip;q=0.002", "gzip br identity"},
        {"br; q=0.5 , gzip;Q=1.000", "gzip br identity"},
        {"gzip;q=0.5;q=1", "gzip identity"},
        {"gzip;level=9;q=0", "identity"},
        {"*", "br zstd gzip identity"},
        {"*;q=0.5, gzip", "gzip br zstd identity"},
        {"gzip, *;q=0.5, identity;q=0.2", "gzip br zstd identity"},
        {"*, gzip;q=0", "br zstd identity"},
        {"deflate, compress", "identity"},
        {"gzip;q=0", "identity"},
        {"gzip;q=0.000", "identity"},
        {"gzip, gzip;q=0", "identity"},
        {"gzip;q=0, x-gzip", "gzip identity"},
    }));
    INFO(c.first);
    CHECK(ranked(c.first) == c.second);
}

TEST_CASE("identity is refused by name or by a star and then only the others are left") {
    const auto c = GENERATE(values<std::pair<const char*, const char*>>({
        {"identity;q=0", ""},
        {"*;q=0", ""},
        {"deflate, *;q=0", ""},
        {"gzip;q=0, identity;q=0.0", ""},
        {"gzip, identity;q=0", "gzip"},
        {"gzip, *;q=0", "gzip"},
        {"*, identity;q=0", "br zstd gzip"},
        {"identity, *;q=0", "identity"},
        {"identity;q=0.001, *;q=0", "identity"},
    }));
    INFO(c.first);
    CHECK(ranked(c.first) == c.second);
}

TEST_CASE("a range of Accept-Encoding whose weight cannot be read is skipped") {
    const std::string weight =
        GENERATE("q=", "q=2", "q=1.001", "q=0.1234", "q=-1", "q=.5", "q=a", "q=0x1", "q=0.5.5");
    INFO(weight);
    CHECK(ranked("gzip;" + weight + ", br;q=0.1") == "br identity");
    CHECK(ranked("gzip;q=1., br;q=0.1") == "gzip br identity");
}

TEST_CASE("a coding that is switched off is not offered") {
    weir::compression offered{.levels = {0, 0, 6}};
    CHECK(ranked("gzip, br, zstd", offered) == "gzip identity");
    CHECK(ranked("*", offered) == "gzip identity");
    CHECK(ranked("br, identity;q=0", offered).empty());
    offered.levels = {};
    CHECK_FALSE(offered.is_on());
    CHECK(ranked("*", offered) == "identity");
}

TEST_CASE("If-None-Match is compared weakly with every tag of its list") {
    const auto c = GENERATE(values<std::pair<const char*, bool>>({
        {"\"abc\"", true},
        {"W/\"abc\"", true},
        {"*", true},
        {" *", true},
        {"\"x\", \"abc\"", true},
        {"\"x\",W/\"y\"  ,  W/\"abc\"", true},
        {", ,\"abc\"", true},
        {"\"a,b\", \"abc\"", true},
        {"\"x\"", false},
        {"\"ABC\"", false},
        {"abc", false},
        {"\"abc", false},
        {"", false},
        {"w/\"abc\"", false},
        {"broken, \"abc\"", false},
    }));
    INFO(c.first);
    CHECK((names_everything(c.first) || names_etag(c.first, "abc")) == c.second);
}

TEST_CASE("only a sane request id is echoed") {
    CHECK(is_sane_request_id("4bf9-2f35_77b.A:1/2+3=@"));
    CHECK(is_sane_request_id(std::string(128, 'a')));
    CHECK_FALSE(is_sane_request_id(""));
    CHECK_FALSE(is_sane_request_id(std::string(129, 'a')));
    CHECK_FALSE(is_sane_request_id("a b"));
    CHECK_FALSE(is_sane_request_id("a\"b"));
    CHECK_FALSE(is_sane_request_id("a\xc3\xa9"));
}

TEST_CASE("only a valid traceparent is passed through") {
    const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const std::string good = "00-" + id + "-00f067aa0ba902b7-01";
    CHECK(is_traceparent(good));
    CHECK(trace_id_of(good) == id);
    CHECK(is_traceparent("cc-" + id + "-00f067aa0ba902b7-01-what-comes-later"));
    CHECK_FALSE(is_traceparent(good + "-more"));
    CHECK_FALSE(is_traceparent("cc-" + id + "-00f067aa0ba902b7-01x"));
    CHECK_FALSE(is_traceparent("ff-" + id + "-00f067aa0ba902b7-01"));
    CHECK_FALSE(is_traceparent("00-" + std::string(32, '0') + "-00f067aa0ba902b7-01"));
    CHECK_FALSE(is_traceparent("00-" + id + "-0000000000000000-01"));
    CHECK_FALSE(is_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
    CHECK_FALSE(is_traceparent(good.substr(0, 54)));
    CHECK_FALSE(is_traceparent(""));
}

TEST_CASE("generated request ids are 32 hex digits and differ") {
    request_ids ids;
    const std::string a{ids.next()};
    CHECK(a.size() == 32);
    CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(a != ids.next());
    CHECK(a.substr(0, 16) != std::string{request_ids{}.next()}.substr(0, 16));
}

}  // namespace weir::negotiation_test
