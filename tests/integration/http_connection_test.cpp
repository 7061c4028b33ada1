#include "http_story.hpp"

namespace weir::http_connection_test {

using namespace weir::test;

TEST_CASE("a connection is kept until someone asks for its close") {
    http_node node({});
    http_client client(node.port());
    for (int i = 0; i < 5; ++i) CHECK(client.get("/v1/items/p1").status == 200);
    CHECK(client.get("/v1/items/p1", "Connection: close\r\n").field("connection") == "close");
    CHECK(client.is_closed_by_server());
    http_client next(node.port());
    CHECK(next.get("/v1/items/p1").status == 200);
}

TEST_CASE("HTTP 1.0 closes unless it asks to be kept") {
    http_node node({});
    http_client kept(node.port());
    const auto a = kept.ask("GET /v1/items/p1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(a.status == 200);
    CHECK(a.field("connection") == "keep-alive");
    CHECK(kept.ask("GET /v1/items/p1 HTTP/1.0\r\n\r\n").status == 200);
    CHECK(kept.is_closed_by_server());
}

TEST_CASE("a hundred pipelined requests are answered in order") {
    http_node node({});
    http_client client(node.port());
    std::string all;
    for (int i = 0; i < 100; ++i) {
        all += i % 10 == 3 ? get_request("/healthz") : get_request("/v1/items/p" + std::to_string(i));
    }
    client.send(all);
    for (int i = 0; i < 100; ++i) {
        const auto a = client.receive();
        REQUIRE(a.status == 200);
        CHECK(a.body == (i % 10 == 3 ? R"({"status":"ok"})" : R"({"id":"p)" + std::to_string(i) + R"("})"));
    }
}

TEST_CASE("answers that are ready do not wait for one that is not") {
    http_node node({});
    http_client client(node.port());
    client.send(get_request("/healthz") + get_request("/v1/items/p1") + get_request("/v1/items/slow") +
                get_request("/v1/items/p2"));
    CHECK(client.receive().status == 200);
    CHECK(client.receive().body == R"({"id":"p1"})");
    CHECK(eventually([&] { return node.story().started_slow == 1; }));
    node.story().is_open = true;
    CHECK(client.receive().body == R"({"id":"slow"})");
    CHECK(client.receive().body == R"({"id":"p2"})");
}

TEST_CASE("a request that comes byte by byte is answered") {
    http_node node({});
    http_client client(node.port());
    for (const char c : get_request("/v1/items/p1")) client.send({&c, 1});
    CHECK(client.receive().body == R"({"id":"p1"})");
}

TEST_CASE("a large body arrives whole at a client that reads late") {
    http_node node({});
    node.story().big_body = std::string(8 * 1024 * 1024, 'x');
    http_client client(node.port());
    client.send(get_request("/v1/items/big") + get_request("/v1/items/p1"));
    CHECK(eventually([&] { return node.story().gets == 1; }));
    CHECK(client.receive().body == node.story().big_body);
    CHECK(client.receive().body == R"({"id":"p1"})");
}

TEST_CASE("a duplicate Host is refused and the connection closed") {
    http_node node({});
    http_client client(node.port());
    const auto a = client.get("/v1/items/p1", "Host: b\r\n");
    CHECK(a.status == 400);
    CHECK(a.field("content-type") == "application/problem+json");
    CHECK(a.field("connection") == "close");
    CHECK(client.is_closed_by_server());
    CHECK(node.story().gets == 0);
}

TEST_CASE("a missing Host is refused before the body comes") {
    http_node node({});
    http_client client(node.port());
    CHECK(client.ask("POST /v1/items/p1 HTTP/1.1\r\nContent-Length: 10\r\n\r\n").status == 400);
    CHECK(client.is_closed_by_server());
}

TEST_CASE("a request line without a version is refused at once") {
    http_node node({});
    http_client client(node.port());
    CHECK(client.ask("GET /v1/items/p1\r\n").status == 400);
    CHECK(client.is_closed_by_server());
}

TEST_CASE("what cannot be parsed is refused with its own status") {
    http_node node({.limit = {.header_bytes_max = 2048, .target_bytes_max = 512}});
    struct sample {
        std::string bytes;
        unsigned status;
    };
    const auto c = GENERATE(values<sample>({
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET /" + std::string(600, 'x') + " HTTP/1.1\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nX: " + std::string(4000, 'x'), 431},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417},
    }));
    INFO(c.bytes.substr(0, 80));
    http_client client(node.port());
    CHECK(client.ask(c.bytes).status == c.status);
    CHECK(client.is_closed_by_server());
}

TEST_CASE("a body that is too large is refused without being read") {
    http_node node({.limit = {.body_bytes_max = 1000}});
    http_client declared(node.port());
    // Much more than the sockets' buffers hold: whoever sends it all first must still see the answer.
    declared.send("GET /v1/items/p1 HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
                  std::string(200'000, 'x'));
    const auto a = declared.receive();
    CHECK(a.status == 413);
    CHECK(a.field("connection") == "close");
    declared.shutdown_send();
    CHECK(declared.is_closed_by_server());

    http_client chunked(node.port());
    chunked.send("GET /v1/items/p1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i) chunked.send("64\r\n" + std::string(100, 'x') + "\r\n");
    CHECK(chunked.receive().status == 413);
    CHECK(node.story().gets == 0);
}

TEST_CASE("a GET with a body is answered and the next request is found behind it") {
    http_node node({});
    http_client client(node.port());
    client.send(
        "GET /v1/items/p1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
        get_request("/v1/items/p2"));
    CHECK(client.receive().body == R"({"id":"p1"})");
    CHECK(client.receive().body == R"({"id":"p2"})");
}

TEST_CASE("a client that waits for 100 Continue is told to go on") {
    http_node node({});
    http_client client(node.port());
    client.send("GET /v1/items/p1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    CHECK(client.receive().status == 100);
    client.send("abc");
    CHECK(client.receive().status == 200);
}

TEST_CASE("a head that is half received for too long is a 408") {
    http_node node({.limit = {.idle_timeout = seconds{60}, .header_timeout = milliseconds{100}}});
    http_client client(node.port());
    client.send("GET /v1/items/p1 HTTP/1.1\r\nHost: a\r\n");
    CHECK(client.receive().status == 408);
    CHECK(client.is_closed_by_server());
    // Nor do single bytes buy more time.
    http_client drip(node.port());
    drip.send("GET /");
    const auto begin = steady_clock::now();
    CHECK(eventually([&] {
        drip.send("x");
        return node.connections() == 0 || steady_clock::now() - begin > seconds{5};
    }));
    CHECK(steady_clock::now() - begin < seconds{5});
    CHECK(drip.receive().status == 408);
}

TEST_CASE("a body that is half received for too long is a 408") {
    http_node node({.limit = {.body_timeout = milliseconds{100}}});
    http_client client(node.port());
    client.send("GET /v1/items/p1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(client.receive().status == 408);
    CHECK(client.is_closed_by_server());
}

TEST_CASE("an idle connection is closed without a word") {
    http_node node({.limit = {.idle_timeout = milliseconds{100}}});
    http_client silent(node.port());
    CHECK(silent.rest().empty());
    http_client once(node.port());
    CHECK(once.get("/v1/items/p1").status == 200);
    CHECK(once.rest().empty());
    CHECK(eventually([&] { return node.connections() == 0; }));
}

TEST_CASE("a client that does not read is closed") {
    http_node node({.limit = {.write_timeout = milliseconds{100}}});
    node.story().big_body = std::string(16 * 1024 * 1024, 'x');
    http_client client(node.port());
    client.send(get_request("/v1/items/big"));
    CHECK(eventually([&] { return node.story().gets == 1; }));
    CHECK(eventually([&] { return node.connections() == 0; }));
}

TEST_CASE("connections past the bound are turned away with a 503") {
    http_node node({.limit = {.connections_max = 2}});
    http_client a(node.port());
    auto b = std::make_unique<http_client>(node.port());
    CHECK(a.get("/v1/items/p1").status == 200);
    CHECK(b->get("/v1/items/p1").status == 200);
    http_client c(node.port());
    CHECK(c.receive().status == 503);
    CHECK(c.is_closed_by_server());
    b.reset();
    CHECK(eventually([&] { return node.connections() == 1; }));
    http_client d(node.port());
    CHECK(d.get("/v1/items/p1").status == 200);
}

TEST_CASE("a client that leaves during its read disturbs nobody") {
    http_node node({});
    {
        http_client gone(node.port());
        gone.send(get_request("/v1/items/slow"));
        CHECK(eventually([&] { return node.story().started_slow == 1; }));
    }
    http_client other(node.port());
    CHECK(other.get("/v1/items/p1").status == 200);
    node.story().is_open = true;
    CHECK(eventually([&] { return node.connections() == 1; }));
}

TEST_CASE("a client that ends its sending half still gets its answer") {
    http_node node({});
    http_client client(node.port());
    client.send(get_request("/v1/items/p1"));
    client.shutdown_send();
    CHECK(client.receive().status == 200);
    CHECK(client.is_closed_by_server());
}

}  // namespace weir::http_connection_test
