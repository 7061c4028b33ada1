#include "../../../lib/http/src/message.hpp"

#include "support/catch.hpp"

#include <algorithm>

namespace weir::message_test {

using http::message;
using http::progress;

namespace {

const http::listener_limits usual{.header_bytes_max = 1024, .target_bytes_max = 256, .body_bytes_max = 64};

// Gives `bytes` in pieces of `step`. Stops at a refusal, as the session does.
progress feed(message& m, std::string_view bytes, std::size_t step,
              progress (message::*part)() = &message::head) {
    progress p = (m.*part)();
    while (p == progress::needs_more && !bytes.empty()) {
        const auto space = m.space();
        REQUIRE_FALSE(space.empty());
        const std::size_t n = std::min({step, bytes.size(), space.size()});
        std::copy_n(bytes.begin(), n, space.begin());
        m.received(n);
        bytes.remove_prefix(n);
        p = (m.*part)();
    }
    return p;
}

// The status with which a request is refused, 200 when it is taken, 0 when more is waited for; however it is
// cut.
unsigned status_of(const std::string& bytes) {
    std::vector<unsigned> seen;
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        message m(usual);
        progress p = feed(m, bytes, step);
        if (p == progress::ready) p = m.body();
        seen.push_back(p == progress::refused ? m.refused().status : p == progress::ready ? 200U : 0U);
    }
    CHECK(seen[0] == seen[1]);
    CHECK(seen[0] == seen[2]);
    return seen[0];
}

std::string repeated(int times, const std::string& text) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

std::string get(const std::string& fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

struct judged {
    const char* what;
    std::string bytes;
    unsigned status;
};

}  // namespace

TEST_CASE("a request head is judged strictly and alike however it is cut") {
    const auto c = GENERATE(values<judged>({
        {"plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
        {"empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
        {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
        {"absolute form", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 200},
        {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 200},
        {"field without space", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", 200},
        {"no Host", "GET / HTTP/1.1\r\nAccept: a\r\n\r\n", 400},
        {"two Hosts", get("Host: a\r\n"), 400},
        {"a Host of two", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"no version", "GET /\r\n", 400},
        {"no version at all", "GET\r\n", 400},
        {"no target", "GET HTTP/1.1\r\n\r\n", 400},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"lower case version", "GET / http/1.1\r\n", 400},
        {"trailing space", "GET / HTTP/1.1 \r\n", 400},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n", 505},
        {"HTTP/0.9", "GET / HTTP/0.9\r\n", 505},
        {"HTTP/1.2", "GET / HTTP/1.2\r\n", 505},
        {"TLS greeting", std::string{"\x16\x03\x01\x02\0", 5}, 400},
        {"star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"authority", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"raw byte in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"NUL in the target", std::string{"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28}, 400},
        {"bare line feed after the request line", "GET / HTTP/1.1\n", 400},
        {"bare line feed after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"bare carriage return", get("Accept: a\rb\r\n"), 400},
        {"NUL in a value", get(std::string{"Accept: a\0b\r\n", 13}), 400},
        {"folded field", get("Accept: a\r\n b\r\n"), 400},
        {"folded first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"space before the colon", get("Accept : a\r\n"), 400},
        {"no colon", get("Accept\r\n"), 400},
        {"empty name", get(": a\r\n"), 400},
        {"no end yet", "GET / HTTP/1.1\r\nHost: a\r\n", 0},
        {"malformed Connection", get("Connection: a b c\r\n"), 400},
        {"unknown expectation", get("Expect: 200-ok\r\n"), 417},
    }));
    INFO(c.what);
    CHECK(status_of(c.bytes) == c.status);
}

TEST_CASE("a body length is one number and stands alone") {
    const auto c = GENERATE(values<judged>({
        {"zero", get("Content-Length: 0\r\n"), 200},
        {"five", get("Content-Length: 5\r\n") + "hello", 200},
        {"leading zero", get("Content-Length: 05\r\n") + "hello", 200},
        {"not yet", get("Content-Length: 5\r\n") + "hell", 0},
        {"negative", get("Content-Length: -5\r\n"), 400},
        {"signed", get("Content-Length: +5\r\n"), 400},
        {"empty", get("Content-Length:\r\n"), 400},
        {"hexadecimal", get("Content-Length: 0x5\r\n"), 400},
        {"words", get("Content-Length: five\r\n"), 400},
        {"more than 64 bits", get("Content-Length: 18446744073709551616\r\n"), 400},
        {"two lines", get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        {"two equal lines", get("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        {"a list", get("Content-Length: 5, 5\r\n"), 400},
        {"with chunks after", get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"with chunks before", get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        {"too large", get("Content-Length: 65\r\n"), 413},
        {"the largest", get("Content-Length: 64\r\n") + std::string(64, 'x'), 200},
    }));
    INFO(c.what);
    message m(usual);
    progress p = feed(m, c.bytes, 1);
    if (p == progress::ready) p = m.body();
    const std::size_t head = c.bytes.find("\r\n\r\n") + 4;
    if (p == progress::needs_more) p = feed(m, c.bytes.substr(head), 1, &message::body);
    CHECK((p == progress::refused ? m.refused().status : p == progress::ready ? 200U : 0U) == c.status);
}

TEST_CASE("a chunked body is decoded however it is cut") {
    const auto step = GENERATE(1U, 2U, 3U, 5U, 8U, 1000U);
    const auto c = GENERATE(values<std::pair<std::string, std::string>>({
        {"0\r\n\r\n", ""},
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"0005\r\nhello\r\n000\r\n\r\n", "hello"},
        {"A\r\n0123456789\r\n0\r\nTrailer: x\r\nHost: evil\r\n\r\n", "0123456789"},
    }));
    message m(usual);
    const std::string head = get("Transfer-Encoding: chunked\r\n");
    REQUIRE(feed(m, head, step) == progress::ready);
    REQUIRE(feed(m, c.first, step, &message::body) == progress::ready);
    CHECK(m.request().body == c.second);
    CHECK(m.request().target == "/");
}

TEST_CASE("a malformed chunked body is refused") {
    const auto c = GENERATE(values<judged>({
        {"no size", "\r\nhello\r\n0\r\n\r\n", 400},
        {"not hexadecimal", "x\r\nhello\r\n0\r\n\r\n", 400},
        {"signed", "+5\r\nhello\r\n0\r\n\r\n", 400},
        {"prefixed", "0x5\r\nhello\r\n0\r\n\r\n", 400},
        {"bare line feed", "5\nhello\r\n0\r\n\r\n", 400},
        {"size too small", "4\r\nhello\r\n0\r\n\r\n", 400},
        {"size overflows", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", 400},
        {"too large at once", "41\r\n" + std::string(65, 'x'), 413},
        {"too large in sum", "3f\r\n" + std::string(63, 'x') + "\r\n2\r\nxx\r\n0\r\n\r\n", 413},
        {"endless size line", std::string(5000, '0'), 400},
        {"endless trailer", "0\r\n" + std::string(5000, 'x'), 400},
        {"endless trailers", "0\r\n" + repeated(1000, "A: b\r\n"), 400},
    }));
    INFO(c.what);
    const auto step = GENERATE(1U, 4096U);
    message m(usual);
    REQUIRE(feed(m, get("Transfer-Encoding: chunked\r\n"), step) == progress::ready);
    CHECK(feed(m, c.bytes, step, &message::body) == progress::refused);
    CHECK(m.refused().status == c.status);
}

TEST_CASE("a transfer coding that is not understood is never taken for no body") {
    CHECK(status_of(get("Transfer-Encoding: gzip\r\n")) == 501);
    CHECK(status_of(get("Transfer-Encoding: gzip, chunked\r\n")) == 501);
    CHECK(status_of(get("Transfer-Encoding: identity\r\nContent-Length: 5\r\n")) == 501);
    CHECK(status_of(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
}

TEST_CASE("a head or a target past its limit is refused without waiting for its end") {
    CHECK(status_of("GET /" + std::string(2000, 'x')) == 414);
    CHECK(status_of("GET /" + std::string(300, 'x') + " HTTP/1.1\r\n") == 414);
    CHECK(status_of("GET /" + std::string(255, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
    CHECK(status_of("GET / HTTP/1.1\r\nAccept: " + std::string(2000, 'x')) == 431);
    CHECK(status_of(get("Accept: " + std::string(1100, 'x') + "\r\n")) == 431);
    CHECK(status_of(std::string(1500, '\r')) == 414);
}

TEST_CASE("the fields that matter are kept and several lines of a list are one") {
    message m(usual);
    const std::string bytes =
        "POST /a/b?x=1&y=2 HTTP/1.1\r\nHOST: a\r\naccept: text/html\r\nAccept: application/json\r\n"
        "Accept-Encoding: gzip\r\naccept-encoding: br;q=0.5\r\n"
        "If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\nAuthorization: Bearer x\r\nX-Request-ID: r1\r\n"
        "Content-Type: text/plain\r\nTraceParent: t\r\nCookie: ignored\r\nExpect: 100-Continue\r\n"
        "Content-Length: 2\r\n\r\n";
    REQUIRE(feed(m, bytes, 1000) == progress::ready);
    const auto& r = m.request();
    CHECK(r.what == http::method::post);
    CHECK(r.path == "/a/b");
    CHECK(r.query == "x=1&y=2");
    CHECK(r.accept == "text/html, application/json");
    CHECK(r.accept_encoding == "gzip, br;q=0.5");
    CHECK(r.if_none_match == "\"a\", \"b\"");
    CHECK(r.authorization == "Bearer x");
    CHECK(r.content_type == "text/plain");
    CHECK(r.request_id == "r1");
    CHECK(r.traceparent == "t");
    CHECK(r.expects_continue);
    CHECK(m.awaits_continue());
}

TEST_CASE("a traceparent that is given twice is none") {
    message m(usual);
    REQUIRE(feed(m, get("traceparent: a\r\ntraceparent: b\r\n"), 1000) == progress::ready);
    CHECK(m.request().traceparent.empty());
}

TEST_CASE("a connection is kept as its version and its Connection field say") {
    const auto c = GENERATE(values<std::pair<std::string, bool>>({
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    }));
    message m(usual);
    REQUIRE(feed(m, c.first, 1000) == progress::ready);
    CHECK(m.request().keep_alive == c.second);
}

TEST_CASE("pipelined requests come out one after another with their own fields") {
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        const std::string n = std::to_string(i);
        bytes += "POST /" + n + " HTTP/1.1\r\nHost: a\r\nX-Request-Id: id" + n +
                 "\r\nContent-Length: " + std::to_string(n.size()) + "\r\n\r\n" + n;
    }
    const auto step = GENERATE(1U, 17U, 900U, 100'000U);
    message m(usual);
    std::string_view rest = bytes;
    const auto until_ready = [&](progress (message::*part)()) {
        while ((m.*part)() == progress::needs_more) {
            const auto space = m.space();
            const std::size_t n = std::min<std::size_t>({step, rest.size(), space.size()});
            REQUIRE(n > 0);
            std::copy_n(rest.begin(), n, space.begin());
            m.received(n);
            rest.remove_prefix(n);
        }
        REQUIRE((m.*part)() == progress::ready);
    };
    for (int i = 0; i < 200; ++i) {
        const std::string n = std::to_string(i);
        until_ready(&message::head);
        until_ready(&message::body);
        CHECK(m.request().path == "/" + n);
        CHECK(m.request().request_id == "id" + n);
        CHECK(m.request().body == n);
        m.next();
    }
    CHECK(m.head() == progress::needs_more);
    CHECK(m.is_idle());
}

TEST_CASE("a body that is skipped is not kept") {
    message m(usual);
    REQUIRE(feed(m, get("Content-Length: 5\r\n") + "helloGET", 1000) == progress::ready);
    CHECK(m.has_following());
    CHECK(m.skip_body());
    CHECK(m.request().body.empty());
    m.next();
    CHECK_FALSE(m.is_idle());

    message half(usual);
    REQUIRE(feed(half, get("Content-Length: 5\r\n") + "hel", 1000) == progress::ready);
    CHECK_FALSE(half.skip_body());
}

}  // namespace weir::message_test
