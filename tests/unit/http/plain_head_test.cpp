#include "../../../lib/http/src/plain_head.hpp"

#include "../../../lib/http/src/message.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace weir::plain_head_test {

using http::progress;

namespace {

const http::listener_limits allowed{.header_bytes_max = 600, .target_bytes_max = 100};

// Everything that a request says, so that two readings of it can be compared.
std::string all_of(const http::request& r) {
    std::string out{r.method_text};
    for (const std::string_view part :
         {r.target, r.path, r.query, r.accept, r.accept_encoding, r.if_none_match, r.authorization,
          r.content_type, r.request_id, r.traceparent}) {
        out.append("|").append(part);
    }
    return out + "|" + std::to_string(static_cast<int>(r.what)) + (r.is_http_1_0 ? "|1.0" : "|1.1") +
           (r.keep_alive ? "|kept" : "|closed") + (r.expects_continue ? "|waits" : "");
}

// As the strict parser reads it, which takes over when the first bytes alone are no plain head.
std::string read_strictly(std::string_view head) {
    http::message m(allowed);
    for (std::size_t i = 0; i < head.size(); ++i) {
        m.space().front() = head[i];
        m.received(1);
        const progress p = m.head();
        if (p == progress::refused) return "refused";
        if (p == progress::ready) return i + 1 == head.size() ? all_of(m.request()) : "shorter";
    }
    return "incomplete";
}

std::size_t read_plainly(std::string_view head, http::request& into) {
    into = {};
    return http::read_plain_head(head, allowed, into);
}

const std::string plain =
    "GET /v1/items/a%20b?x=1&y HTTP/1.1\r\nHost: a.example:8080\r\nUser-Agent:  some (one); two  \r\n"
    "accept: */*\r\nAccept-Encoding: gzip, br\r\nIf-None-Match: \"abc\", W/\"d\"\r\nConnection: "
    "Keep-Alive\r\nX-Request-Id: r1\r\n"
    "Authorization: Bearer x\r\nContent-Type: application/json\r\nTraceparent: 00-1-2-3\r\nEmpty:\r\n\r\n";

}  // namespace

TEST_CASE("a plain head is read in one pass as the strict parser reads it") {
    http::request r;
    for (const std::string& head : {plain, std::string{"HEAD / HTTP/1.1\r\nHost:\r\n\r\n"}}) {
        const std::string received = head + "GET /next";
        CHECK(read_plainly(received, r) == head.size());
        CHECK(all_of(r) == read_strictly(head));
    }
}

TEST_CASE("a head that is not surely plain is left to the strict parser") {
    const auto with = [](const std::string& fields) {
        return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    };
    std::vector<std::string> others = {"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                                       "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET / HTTP/1.1\nHost: a\r\n\r\n",
                                       "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
                                       "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                                       "GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
                                       with("X: " + std::string(600, 'a') + "\r\n")};
    for (const auto* fields : {"Host: a\r\n",
                               "Content-Length: 0\r\n",
                               "Transfer-Encoding: chunked\r\n",
                               "Expect: 100-continue\r\n",
                               "Upgrade: h2c\r\n",
                               "Connection: close\r\n",
                               "Connection: keep-alive, x\r\n",
                               "Proxy-Connection: close\r\n",
                               "Accept: a\r\nAccept: b\r\n",
                               "If-None-Match: a\r\nIf-None-Match: b\r\n",
                               "Traceparent: a\r\nTraceparent: a\r\n",
                               "Accept-Encoding: a\r\nAccept-Encoding: b\r\n",
                               " folded\r\n",
                               "A : b\r\n",
                               "A: \x01\r\n",
                               "A: b\tc\r\n",
                               "A: \xc3\xa9\r\n",
                               "A\r\n",
                               ": a\r\n",
                               "A: b\rc\r\n",
                               "A: b\nC: d\r\n"}) {
        others.push_back(with(fields));
    }
    http::request r;
    for (const std::string& head : others) {
        INFO(head);
        CHECK(read_plainly(head, r) == 0);
    }
    for (std::size_t i = 0; i < plain.size(); ++i) CHECK(read_plainly(plain.substr(0, i), r) == 0);
}

TEST_CASE("no change of a byte makes the two readings differ") {
    constexpr std::string_view bytes = " \t\r\n:/?#%\"@,\x01\x7f\x80GHaz09-";
    std::minstd_rand random(7);
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string head = plain;
        for (auto changes = 1 + random() % 2; changes > 0; --changes) {
            head[random() % head.size()] = bytes[random() % bytes.size()];
        }
        http::request r;
        const std::size_t length = read_plainly(head, r);
        if (length == 0) continue;
        ++taken;
        REQUIRE(all_of(r) == read_strictly(head.substr(0, length)));
    }
    CHECK(taken > 1000);
}

TEST_CASE("a request after a plain one is read from its own first byte") {
    http::message m(allowed);
    const std::string both = plain + "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const auto space = m.space();
    REQUIRE(space.size() >= both.size());
    std::copy(both.begin(), both.end(), space.begin());
    m.received(both.size());
    REQUIRE(m.head() == progress::ready);
    CHECK(m.body() == progress::ready);
    CHECK(m.has_following());
    m.next();
    REQUIRE(m.head() == progress::ready);
    CHECK(m.request().path == "/2");
    CHECK(m.request().accept.empty());
    CHECK_FALSE(m.request().keep_alive);
    m.next();
    CHECK(m.is_idle());
}

}  // namespace weir::plain_head_test
