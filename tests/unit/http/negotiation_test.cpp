#include "../../../lib/http/src/negotiation.hpp"

#include "../../../lib/http/src/conditional.hpp"
#include "../../../lib/http/src/tracing.hpp"
#include "support/catch.hpp"

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
    CHECK(names_etag(c.first, "abc") == c.second);
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
