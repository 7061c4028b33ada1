#include "weir/base/path_pattern.hpp"
#include "weir/http/router.hpp"

#include "../../../lib/api/src/parameters.hpp"
#include "../../../lib/http/src/output.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace weir;

namespace {

std::vector<http::route> table(std::vector<std::pair<std::string, http::method>> paths, bool is_open = true) {
    std::vector<http::route> out;
    for (const auto& [path, what] : paths) {
        out.push_back({.path = parse_path_pattern(path),
                       .what = what,
                       .label = path,
                       .is_open = is_open,
                       .target = nullptr});
    }
    return out;
}

// The same path twice: plain, and with one of the query parameters.
std::vector<http::route> with_pages() {
    auto routes = table({{"/v1/products", http::method::get}, {"/v1/products/{id}", http::method::get}});
    routes.push_back({.path = parse_path_pattern("/v1/products"),
                      .what = http::method::get,
                      .label = "page",
                      .when = {"after", "limit"},
                      .target = nullptr});
    return routes;
}

struct found {
    std::string label;  // or the status
    std::vector<std::string> segments;
    std::string fields;
};

found find(const http::router& routes, const std::string& path, http::method what = http::method::get,
           const std::string& query = "") {
    const http::request r{.what = what, .path = path, .query = query};
    http::response out;
    http::router::match m;
    routes.find(r, out, m);
    if (m.found == nullptr) return {std::to_string(out.status), {}, out.fields};
    return {m.found->label,
            {m.segments.begin(), m.segments.begin() + static_cast<std::ptrdiff_t>(m.segment_count)},
            {}};
}

using http::method;

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

TEST_CASE("a path finds the most literal route that fits") {
    const http::router routes(table({{"/v1/products/{id}", method::get},
                                     {"/v1/products/featured", method::get},
                                     {"/v1/products", method::get},
                                     {"/v1/{kind}/all", method::get}}));
    CHECK(find(routes, "/v1/products").label == "/v1/products");
    CHECK(find(routes, "/v1/products/featured").label == "/v1/products/featured");
    CHECK(find(routes, "/v1/products/p1").label == "/v1/products/{id}");
    CHECK(find(routes, "/v1/products/p1").segments == std::vector<std::string>{"p1"});
    CHECK(find(routes, "/v1/products/a%2Fb").segments == std::vector<std::string>{"a%2Fb"});
    CHECK(find(routes, "/v1/x/all").label == "/v1/{kind}/all");
    CHECK(find(routes, "/v1/%70roducts").label == "/v1/products");
}

TEST_CASE("a path that no route has is a 404") {
    const http::router routes(table({{"/v1/products/{id}", method::get}, {"/v1/products", method::get}}));
    for (const auto* path : {"/", "/v1", "/v1/products/", "/v1//products", "/v1/products/a/b", "/V1/products",
                             "//", "/v1/%7", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t"}) {
        INFO(path);
        CHECK(find(routes, path).label == "404");
    }
}

TEST_CASE("a known path with another method is a 405 that says which are allowed") {
    const http::router routes(
        table({{"/a/{id}", method::post}, {"/a/{name}", method::del}, {"/a/b", method::get}}));
    const auto got = find(routes, "/a/x", method::get);
    CHECK(got.label == "405");
    CHECK(got.fields.find("Allow: POST, DELETE\r\n") != std::string::npos);
    CHECK(find(routes, "/a/b", method::other).fields.find("Allow: GET, HEAD, POST, DELETE\r\n") !=
          std::string::npos);
    CHECK(find(routes, "/a/b", method::post).label == "/a/{id}");
    CHECK(find(routes, "/a/b", method::head).label == "/a/b");
}

TEST_CASE("two routes that answer the same requests are refused") {
    CHECK_THROWS_AS(http::router(table({{"/a/{id}", method::get}, {"/a/{slug}", method::get}})),
                    std::invalid_argument);
}

TEST_CASE("a query parameter chooses between two routes of one path") {
    const http::router routes(with_pages());
    const auto with = [&](const std::string& query) {
        return find(routes, "/v1/products", method::get, query).label;
    };
    for (const auto* query :
         {"after=cDE", "limit=5", "locale=en&limit=", "after", "%61fter=x", "&&limit=1&x"}) {
        INFO(query);
        CHECK(with(query) == "page");
    }
    for (const auto* query : {"", "locale=en", "After=x", "x=after", "afte=r", "%6=after", "after%00=x"}) {
        INFO(query);
        CHECK(with(query) == "/v1/products");
    }
    CHECK(find(routes, "/v1/products", method::head, "limit=5").label == "page");
    CHECK(find(routes, "/v1/products/p1", method::get, "limit=5").label == "/v1/products/{id}");
    CHECK(find(routes, "/v1/products", method::post, "limit=5").fields.starts_with("Allow: GET, HEAD\r\n"));
}

TEST_CASE("a guard stands before everything that is not open and unknown paths too") {
    auto routes = table({{"/open", method::get}});
    for (auto& r : table({{"/closed", method::post}}, false)) routes.push_back(std::move(r));
    const http::router guarded(std::move(routes), [](const http::request&, http::response& out) {
        out.status = 401;
        return false;
    });
    CHECK(find(guarded, "/open").label == "/open");
    CHECK(find(guarded, "/open", method::post).label == "405");
    CHECK(find(guarded, "/closed", method::post).label == "401");
    CHECK(find(guarded, "/closed").label == "401");
    CHECK(find(guarded, "/unknown").label == "401");
}

TEST_CASE("parameters come from path and query in the order declared") {
    const auto path = parse_path_pattern("/v1/{b}/x/{a}");
    std::vector<parameter> declared = {in_path("a"), query("q"), in_path("b"), query("r")};
    declared[1].rule.type = value_type::integer;
    declared[3].required = false;
    declared[3].default_value = "en";
    const http::parameter_reader reader(path, declared);
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
    const http::parameter_reader reader(path, declared);
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
    const http::parameter_reader reader(path, declared);
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
    const http::parameter_reader reader(path, declared);
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

namespace {

entry_ptr entry_of(std::string body) {
    entry_parts made;
    made.text = std::move(body);
    return entry::make(made);
}

http::response response_of(entry_ptr content) {
    http::response r;
    r.content = std::move(content);
    return r;
}

constexpr http::common_fields plain_fields{.date = "D", .request_id = "I", .traceparent = {}};

std::string answer_of(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nServer: weir\r\nDate: D\r\nX-Request-Id: I\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("several answers go out as one gather list and a large entry is held until it is written") {
    const std::string large(5000, 'x');
    http::output out;
    const entry_ptr content = entry_of(large);
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
        CHECK(content->holders() == 2);
        seen += *static_cast<const char*>(out.buffers().front().iov_base);
        out.written(1);
    }
    CHECK(seen == expected);
    CHECK(content->holders() == 1);
}

TEST_CASE("small answers go out in one piece of memory whatever their bodies are of") {
    http::output out;
    auto first = response_of(entry_of("{\"id\":1}"));
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
        auto r = response_of(entry_of(body));
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
