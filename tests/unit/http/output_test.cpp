#include "../../../lib/http/src/output.hpp"

#include "support/catch.hpp"

#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace weir::output_test {
namespace {

struct owner : boost::intrusive_ref_counter<owner> {
    explicit owner(std::string b) : body(std::move(b)) {}
    std::string body;
};
using owner_ptr = boost::intrusive_ptr<owner>;

http::response response_of(const owner_ptr& from) {
    http::response r;
    r.shared = {from, from->body};
    return r;
}

owner_ptr owner_of(std::string body) {
    return {new owner(std::move(body))};
}

constexpr http::common_fields plain_fields{.date = "D", .request_id = "I", .traceparent = {}};

std::string answer_of(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nServer: weir\r\nDate: D\r\nX-Request-Id: I\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("several answers go out as one gather list and a large shared body is held until it is written") {
    const std::string large(5000, 'x');
    http::output out;
    const owner_ptr content = owner_of(large);
    auto first = response_of(content);
    out.add(first, plain_fields);
    http::response second;
    second.body = "small";
    out.add(second, plain_fields);
    const std::string expected = answer_of(large) + answer_of("small");
    CHECK(out.buffers().size() == 3);
    std::string seen;
    while (!out.is_empty()) {  // one byte at a time
        CHECK(out.waiting() == expected.size() - seen.size());
        CHECK(content->use_count() == 2);
        seen += *static_cast<const char*>(out.buffers().front().iov_base);
        out.written(1);
    }
    CHECK(seen == expected);
    CHECK(content->use_count() == 1);
}

TEST_CASE("small answers go out in one piece of memory whatever their bodies are of") {
    http::output out;
    auto first = response_of(owner_of("{\"id\":1}"));
    out.add(first, plain_fields);
    http::response second;
    second.body = "small";
    out.add(second, plain_fields);
    REQUIRE(out.buffers().size() == 1);
    const iovec& all = out.buffers().front();
    CHECK(std::string{static_cast<const char*>(all.iov_base), all.iov_len} ==
          answer_of("{\"id\":1}") + answer_of("small"));
    CHECK(out.answers() == 2);
}

TEST_CASE("answers of any size follow one another in order") {
    http::output out;
    std::string expected;
    for (const std::size_t bytes : {0, 1, 4096, 4097, 100, 20'000, 4095, 9000}) {
        const std::string body(bytes, static_cast<char>('a' + bytes % 26));
        auto r = response_of(owner_of(body));
        out.add(r, plain_fields);
        expected += answer_of(body);
    }
    std::string seen;
    while (!out.is_empty()) {
        const iovec first = out.buffers().front();
        const std::size_t taken = (first.iov_len + 1) / 2;
        seen.append(static_cast<const char*>(first.iov_base), taken);
        out.written(taken);
    }
    CHECK(seen == expected);
    CHECK(out.answers() == 0);
}

TEST_CASE("HEAD has the length of the body that it does not have and 304 has none") {
    http::output out;
    http::response r;
    r.body = "12345";
    const auto text = [&] {
        std::string all;
        for (const auto& b : out.buffers()) all.append(static_cast<const char*>(b.iov_base), b.iov_len);
        out.written(all.size());
        return all;
    };
    out.add(r, {.date = "D", .request_id = "I", .traceparent = "T", .has_body = false});
    CHECK(text() ==
          "HTTP/1.1 200 OK\r\nServer: weir\r\nDate: D\r\nX-Request-Id: I\r\ntraceparent: T\r\n"
          "Content-Length: 5\r\n\r\n");
    r.status = 304;
    out.add(r, {.date = "D", .request_id = "I", .traceparent = {}, .keep_alive = false});
    CHECK(text() ==
          "HTTP/1.1 304 Not Modified\r\nServer: weir\r\nDate: D\r\nX-Request-Id: I\r\nConnection: "
          "close\r\n\r\n");
    r.status = 200;
    out.add(r, {.date = "D", .request_id = "I", .traceparent = {}, .is_http_1_0 = true});
    CHECK(text().find("Connection: keep-alive\r\n") != std::string::npos);
}

}  // namespace weir::output_test
