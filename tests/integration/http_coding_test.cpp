// Answers in codings, as clients on a socket see them.
#include "http_story.hpp"
#include "support/decompress.hpp"

namespace weir::http_coding_test {

using namespace weir::test;
using weir::testing::decompressed;

namespace {

std::string admitting(std::string_view field) {
    return "Accept-Encoding: " + std::string{field} + "\r\n";
}

// The answer in that coding, once it is there.
http_answer coded(http_client& client, const std::string& target, coding how) {
    client.get(target, admitting(name(how)));
    return client.get(target, admitting(name(how)));
}

}  // namespace

TEST_CASE("who asks first for a coding gets what there is and who asks next gets the coding") {
    const auto how = GENERATE(coding::gzip, coding::br, coding::zstd);
    http_node node({});
    http_client client(node.port());
    const auto first = client.get("/v1/coded/1000", admitting(name(how)));
    CHECK(first.status == 200);
    CHECK(first.count("content-encoding") == 0);
    CHECK(first.field("vary") == "Accept-Encoding");
    CHECK(first.field("etag") == "\"tag\"");

    const auto next = client.get("/v1/coded/1000", admitting(name(how)));
    CHECK(next.status == 200);
    CHECK(next.field("content-encoding") == name(how));
    CHECK(next.field("content-type") == "application/json");
    CHECK(next.field("vary") == "Accept-Encoding");
    CHECK(next.count("vary") == 1);
    CHECK(next.count("etag") == 1);
    CHECK(next.field("etag") == "\"tag" + std::string{etag_suffix(how)} + "\"");
    CHECK(next.field("cache-control") == first.field("cache-control"));
    CHECK(next.field("cache-status").starts_with("weir; hit; ttl="));
    CHECK(next.field("content-length") == std::to_string(next.body.size()));
    CHECK(next.body.size() < first.body.size() / 2);
    CHECK(decompressed(how, next.body) == first.body);

    CHECK(client.get("/v1/coded/1000").body == first.body);
}

TEST_CASE("HEAD has the fields of GET in every coding") {
    const auto how = GENERATE(coding::gzip, coding::br, coding::zstd, coding::identity);
    http_node node({});
    http_client client(node.port());
    const auto got = coded(client, "/v1/coded/1000", how);
    const auto head =
        client.ask("HEAD /v1/coded/1000 HTTP/1.1\r\nHost: a\r\n" + admitting(name(how)) + "\r\n");
    CHECK(head.status == 200);
    for (const auto* field : {"content-length", "etag", "content-encoding", "vary", "content-type"}) {
        CHECK(head.field(field) == got.field(field));
    }
    CHECK(head.body.empty());
}

TEST_CASE("of several codings that are there the most wanted is sent") {
    http_node node({});
    http_client client(node.port());
    coded(client, "/v1/coded/1000", coding::gzip);
    // br is wanted more and is not there yet.
    CHECK(client.get("/v1/coded/1000", admitting("br, gzip")).field("content-encoding") == "gzip");
    CHECK(client.get("/v1/coded/1000", admitting("br, gzip")).field("content-encoding") == "br");
    CHECK(client.get("/v1/coded/1000", admitting("br;q=0.5, gzip")).field("content-encoding") == "gzip");
    CHECK(client.get("/v1/coded/1000", admitting("br, identity;q=0.5")).field("content-encoding") == "br");
    CHECK(client.get("/v1/coded/1000", admitting("br;q=0.5, identity")).count("content-encoding") == 0);
    CHECK(client.get("/v1/coded/1000", admitting("br") + admitting("gzip;q=0")).field("content-encoding") ==
          "br");
}

TEST_CASE("a copy in any coding that the client admits is confirmed with the tag that it has") {
    http_node node({});
    http_client client(node.port());
    coded(client, "/v1/coded/1000", coding::gzip);
    const auto ask = [&](const std::string& tags, std::string_view encodings) {
        return client.get("/v1/coded/1000", "If-None-Match: " + tags + "\r\n" + admitting(encodings));
    };
    for (const auto* tag : {"\"tag\"", "\"tag-gz\"", "\"tag-br\"", "\"tag-zst\""}) {
        const auto a = ask(tag, "gzip, br, zstd");
        CHECK(a.status == 304);
        CHECK(a.field("etag") == tag);
        CHECK(a.count("etag") == 1);
        CHECK(a.field("vary") == "Accept-Encoding");
        CHECK(a.field("cache-control") == "public, no-cache");
        CHECK(a.count("content-encoding") == 0);
        CHECK(a.count("content-length") == 0);
    }
    CHECK(ask("\"tag\", \"tag-gz\"", "gzip").field("etag") == "\"tag-gz\"");
    CHECK(ask("W/\"tag-gz\"", "gzip").status == 304);
    CHECK(ask("*", "gzip").field("etag") == "\"tag-gz\"");
    CHECK(ask("*", "identity").field("etag") == "\"tag\"");
    // It could not be served that copy.
    CHECK(ask("\"tag-gz\"", "identity").status == 200);
    CHECK(ask("\"tag-gz\"", "br").status == 200);
    CHECK(client.get("/v1/coded/1000", "If-None-Match: \"tag-gz\"\r\n").status == 200);
    CHECK(ask("\"tag-xx\"", "gzip").status == 200);
}

TEST_CASE("small bodies are left alone and say that others would not be") {
    http_node node({});
    http_client client(node.port());
    const auto a = coded(client, "/v1/coded/10", coding::gzip);
    CHECK(a.status == 200);
    CHECK(a.count("content-encoding") == 0);
    CHECK(a.field("vary") == "Accept-Encoding");
    CHECK(a.field("etag") == "\"tag\"");
}

TEST_CASE("when no coding is admitted in which the resource can be had the answer is 406") {
    http_node node({});
    http_client client(node.port());
    for (const auto* field : {"identity;q=0", "*;q=0", "deflate, *;q=0", "gzip;q=0, identity;q=0"}) {
        const auto a = client.get("/v1/coded/1000", admitting(field));
        CHECK(a.status == 406);
        CHECK(a.field("vary") == "Accept-Encoding");
        CHECK(a.field("content-type") == "application/problem+json");
        CHECK(a.count("content-encoding") == 0);
    }
    CHECK(client.get("/v1/coded/1000", admitting("deflate")).status == 200);
}

TEST_CASE("who refuses the plain body gets a coding at once") {
    http_node node({});
    node.story().makes_variants = false;
    http_client client(node.port());
    for (const coding how : compressed_codings) {
        for (const auto* target : {"/v1/coded/1000", "/v1/coded/2"}) {
            const auto plain = client.get(target);
            const auto a = client.get(target, admitting(std::string{name(how)} + ", identity;q=0"));
            CHECK(a.status == 200);
            CHECK(a.field("content-encoding") == name(how));
            CHECK(a.field("etag") == "\"tag" + std::string{etag_suffix(how)} + "\"");
            CHECK(a.field("content-length") == std::to_string(a.body.size()));
            CHECK(decompressed(how, a.body) == plain.body);
        }
    }
    // A large one only once it is there.
    CHECK(client.get("/v1/coded/100000", admitting("gzip, *;q=0")).status == 406);
    node.story().makes_variants = true;
    coded(client, "/v1/coded/100000", coding::gzip);
    CHECK(client.get("/v1/coded/100000", admitting("gzip, *;q=0")).status == 200);
}

TEST_CASE("problems and what is private and what is not cached by Weir are never compressed") {
    http_node node({});
    http_client client(node.port());
    const std::string all = admitting("gzip, br, zstd");
    const auto absent = client.get("/v1/coded/absent", all);
    CHECK(absent.status == 404);
    CHECK(absent.count("content-encoding") == 0);
    CHECK(absent.field("vary") == "Accept-Encoding");
    node.story().big_body = std::string(10'000, 'x');
    for (const auto* target : {"/v1/me/big", "/v1/items/big", "/healthz", "/nothing"}) {
        for (int i = 0; i < 2; ++i) {
            const auto a = client.get(target, all);
            CHECK(a.count("content-encoding") == 0);
            CHECK(a.count("vary") == 0);
        }
        // What has one form only is not negotiated about.
        CHECK(client.get(target, admitting("identity;q=0")).status != 406);
    }
    http_node admin({.is_admin = true});
    http_client scraper(admin.port());
    CHECK(scraper.get("/metrics", all).count("content-encoding") == 0);
}

TEST_CASE("pipelined answers in different forms each have their own bytes") {
    http_node node({});
    http_client client(node.port());
    const auto plain = client.get("/v1/coded/1000");
    for (const coding how : compressed_codings) coded(client, "/v1/coded/1000", how);
    std::string requests;
    for (const std::string_view field : {"gzip", "identity", "br", "zstd"}) {
        requests += get_request("/v1/coded/1000", admitting(field));
    }
    client.send(requests);
    for (const coding how : {coding::gzip, coding::identity, coding::br, coding::zstd}) {
        CHECK(decompressed(how, client.receive().body) == plain.body);
    }
    CHECK(node.metrics_text().find("weir_http_coded_answers_total{coding=\"br\"} 2\n") != std::string::npos);
}

}  // namespace weir::http_coding_test
