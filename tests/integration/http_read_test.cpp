#include "http_story.hpp"

namespace weir::http_read_test {

using namespace weir::test;

TEST_CASE("a hit is answered with its body and everything that describes it") {
    http_node node({});
    http_client client(node.port());
    const auto a = client.get("/v1/items/p1");
    CHECK(a.status == 200);
    CHECK(a.body == R"({"id":"p1"})");
    CHECK(a.field("content-type") == "application/json");
    CHECK(a.field("etag") == "\"tag-11\"");
    CHECK(std::stoi(a.field("age")) >= 3);
    CHECK(a.field("cache-control") == "public, no-cache");
    CHECK(a.field("cache-status").starts_with("weir; hit; ttl=29"));
    CHECK(a.field("cache-status").ends_with("; detail=l2"));
    CHECK(a.field("date").ends_with(" GMT"));
    CHECK(a.field("server") == "weir");
    CHECK(a.field("x-request-id").size() == 32);
    CHECK(a.count("connection") == 0);
    CHECK(client.get("/v1/items/missed").field("cache-status") == "weir; fwd=miss; stored");
}

TEST_CASE("a matching If-None-Match is answered with 304 and the same validators") {
    http_node node({});
    http_client client(node.port());
    const auto full = client.get("/v1/items/p1");
    const auto a = client.get("/v1/items/p1", "If-None-Match: \"other\", W/" + full.field("etag") + "\r\n");
    CHECK(a.status == 304);
    CHECK(a.field("etag") == full.field("etag"));
    CHECK(a.field("cache-control") == full.field("cache-control"));
    CHECK(a.field("cache-status").starts_with("weir; hit"));
    CHECK(a.count("content-length") == 0);
    CHECK(client.get("/v1/items/p1", "If-None-Match: \"other\"\r\n").status ==
          200);  // and the connection goes on
    CHECK(client.get("/v1/items/absent", "If-None-Match: *\r\n").status == 404);
}

TEST_CASE("HEAD has the fields of GET and no body") {
    http_node node({});
    http_client client(node.port());
    const auto got = client.get("/v1/items/p1");
    const auto head = client.ask("HEAD /v1/items/p1 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(head.status == 200);
    for (const auto* name : {"content-length", "etag", "content-type", "cache-control"}) {
        CHECK(head.field(name) == got.field(name));
    }
    CHECK(client.ask("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n").status == 404);
    CHECK(client.get("/v1/items/p2").body == R"({"id":"p2"})");  // nothing of a body was left in between
}

TEST_CASE("an absence is a 404 that says how it was found") {
    http_node node({});
    http_client client(node.port());
    const auto a = client.get("/v1/items/absent");
    CHECK(a.status == 404);
    CHECK(a.field("content-type") == "application/problem+json");
    CHECK(a.field("cache-status") == "weir; fwd=miss; stored");
    CHECK(a.field("cache-control") == "public, no-cache");
    CHECK(a.body.find(R"("title":"Not Found","status":404)") != std::string::npos);
}

TEST_CASE("Authorization on a public path changes nothing") {
    http_node node({});
    http_client client(node.port());
    const auto plain = client.get("/v1/items/p1");
    const auto with = client.get("/v1/items/p1", "Authorization: Bearer someone\r\n");
    CHECK(with.status == 200);
    CHECK(with.body == plain.body);
    CHECK(with.field("cache-control") == plain.field("cache-control"));
    CHECK(node.story().last_values() == std::vector<std::string>{"p1"});
}

TEST_CASE("a private resource is bypassed and never stored by anyone") {
    http_node node({});
    http_client client(node.port());
    const auto a = client.get("/v1/me/7");
    CHECK(a.status == 200);
    CHECK(a.field("cache-control") == "private, no-store");
    CHECK(a.field("cache-status") == "weir; fwd=bypass");
    CHECK(a.count("etag") == 0);
    CHECK(a.count("age") == 0);
}

TEST_CASE("max_age is handed out where it is declared") {
    http_node node({});
    http_client client(node.port());
    const auto a = client.get("/v1/copied/1");
    CHECK(a.field("cache-control") == "public, max-age=" + std::to_string(60 + std::stoi(a.field("age"))));
}

TEST_CASE("the reader gets normalised values and undeclared parameters never reach it") {
    http_node node({});
    http_client client(node.port());
    CHECK(client.get("/v1/lists?cb=1&locale=%20en%20&page=007&x=%zz").status == 200);
    CHECK(node.story().last_values() == std::vector<std::string>{"en", "7"});
    CHECK(client.get("/v1/lists?locale=a+b").status == 200);
    CHECK(node.story().last_values() == std::vector<std::string>{"a b", "1"});
    CHECK(client.get("/v1/items/a%2Fb%3Ac").status == 200);
    CHECK(node.story().last_values() == std::vector<std::string>{"a/b:c"});
    CHECK(client.get("http://elsewhere/v1/items/p9").status == 200);
    CHECK(node.story().last_values() == std::vector<std::string>{"p9"});
}

TEST_CASE("a wrong parameter is a 400 that names every one of them and asks nobody") {
    http_node node({});
    http_client client(node.port());
    const auto a = client.get("/v1/lists?page=x");
    CHECK(a.status == 400);
    CHECK(a.field("content-type") == "application/problem+json");
    CHECK(a.field("cache-control") == "no-store");
    CHECK(a.body.find(R"({"parameter":"locale","detail":"is missing"})") != std::string::npos);
    CHECK(a.body.find(R"({"parameter":"page","detail":"must be an integer"})") != std::string::npos);
    for (const auto* target :
         {"/v1/lists?locale=", "/v1/lists?locale=%", "/v1/lists?locale=%ff", "/v1/lists?locale=%00",
          "/v1/lists?locale=en&locale=en", "/v1/items/%zz", "/v1/items/%20", "/v1/items/%ff"}) {
        INFO(target);
        CHECK(client.get(target).status == 400);
    }
    CHECK(node.story().gets == 0);
}

TEST_CASE("an unknown path is a 404 and a known one with another method a 405") {
    http_node node({});
    http_client client(node.port());
    CHECK(client.get("/nothing").status == 404);
    const auto a = client.ask(post_request("/v1/items/p1", "{}"));
    CHECK(a.status == 405);
    CHECK(a.field("allow") == "GET, HEAD");
    CHECK(client.get("/v1/items/p1").status == 200);
    CHECK(client.get("/metrics").status == 404);
    CHECK(client.get("/admin/v1/invalidate").status == 404);
}

TEST_CASE("an Accept that excludes JSON is a 406") {
    http_node node({});
    http_client client(node.port());
    CHECK(client.get("/v1/items/p1", "Accept: text/html\r\n").status == 406);
    CHECK(client.get("/v1/items/p1", "Accept: application/json;q=0, */*\r\n").status == 406);
    CHECK(client.get("/v1/items/p1", "Accept: text/html\r\nAccept: */*;q=0.1\r\n").status == 200);
    CHECK(node.story().gets == 1);
}

TEST_CASE("what the reader cannot give is a 503 with Retry-After") {
    http_node node({.request_timeout = milliseconds{50}});
    http_client client(node.port());
    for (const auto* id : {"overloaded", "unavailable", "late"}) {
        INFO(id);
        const auto a = client.get(std::string{"/v1/items/"} + id);
        CHECK(a.status == 503);
        CHECK(a.field("retry-after") == "1");
        CHECK(a.field("content-type") == "application/problem+json");
    }
    CHECK(client.get("/v1/items/rejected").status == 500);
    CHECK(client.get("/v1/items/throws").status == 500);
    CHECK(client.get("/v1/items/p1").status == 200);  // and the connection goes on
}

TEST_CASE("a value that the database cannot read is a 404 in a path and a 400 in a query") {
    http_node node({});
    http_client client(node.port());
    const auto in_path = client.get("/v1/items/malformed");
    CHECK(in_path.status == 404);
    CHECK(in_path.field("content-type") == "application/problem+json");
    CHECK(in_path.field("cache-control") == "no-store");
    CHECK(in_path.body.find("malformed") != std::string::npos);
    const auto in_query = client.get("/v1/lists?locale=malformed");
    CHECK(in_query.status == 400);
    CHECK(in_query.field("cache-control") == "no-store");
    CHECK(in_query.body.find("a parameter is malformed or out of range: one of locale, page") !=
          std::string::npos);
    CHECK(client.get("/v1/items/p1").status == 200);  // and the connection goes on
}

TEST_CASE("a request id is echoed when it is sane and a traceparent when it is valid") {
    http_node node({});
    http_client client(node.port());
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto a = client.get("/v1/items/p1", "X-Request-Id: abc-1\r\ntraceparent: " + trace + "\r\n");
    CHECK(a.field("x-request-id") == "abc-1");
    CHECK(a.field("traceparent") == trace);
    const auto b = client.get("/v1/items/p1", "X-Request-Id: a b\r\ntraceparent: nonsense\r\n");
    CHECK(b.field("x-request-id").size() == 32);
    CHECK(b.count("traceparent") == 0);
}

TEST_CASE("healthz and readyz say how Weir is") {
    http_node node({});
    http_client client(node.port());
    CHECK(client.get("/healthz").status == 200);
    const auto ready = client.get("/readyz");
    CHECK(ready.status == 200);
    CHECK(ready.body.find(R"({"name":"redis","state":"down","required":false,"detail":"refused"})") !=
          std::string::npos);
    node.story().is_postgres_up = false;
    CHECK(client.get("/readyz").status == 503);
    node.story().is_postgres_up = true;
    node.announce_drain();
    CHECK(client.get("/readyz").status == 503);
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/v1/items/p1").status == 200);
}

TEST_CASE("requests and answers are counted by route and outcome and never by path") {
    http_node node({});
    http_client client(node.port());
    client.get("/v1/items/p1?secret=1");
    client.get("/v1/items/missed");
    client.get("/v1/items/absent");
    client.get("/v1/items/overloaded");
    client.get("/nothing");
    const std::string text = node.metrics_text();
    const auto has = [&](const std::string& line) {
        INFO(text);
        CHECK(text.find(line) != std::string::npos);
    };
    has(R"(weir_http_requests_total{code="200",listener="public",route="item"} 2)");
    has(R"(weir_http_requests_total{code="404",listener="public",route="item"} 1)");
    has(R"(weir_http_requests_total{code="503",listener="public",route="item"} 1)");
    has(R"(weir_http_requests_total{code="404",listener="public",route="none"} 1)");
    has(R"(weir_http_request_seconds_count{listener="public",route="item"} 4)");
    has(R"(weir_http_connections{listener="public"} 1)");
    has(R"(weir_http_answers_total{outcome="hit",resource="item"} 1)");
    has(R"(weir_http_answers_total{outcome="miss",resource="item"} 1)");
    has(R"(weir_http_answers_total{outcome="absent_miss",resource="item"} 1)");
    has(R"(weir_http_answers_total{outcome="error",resource="item"} 1)");
    CHECK(text.find("secret") == std::string::npos);
}

}  // namespace weir::http_read_test
