#include "weir/base/path_pattern.hpp"
#include "weir/http/router.hpp"

#include "support/catch.hpp"

#include <stdexcept>

namespace weir::routing_test {
namespace {

std::vector<http::route> table(std::vector<std::pair<std::string, http::method>> paths,
                               std::vector<http::gate*> gates = {}) {
    std::vector<http::route> out;
    for (const auto& [path, what] : paths) {
        out.push_back({.path = parse_path_pattern(path),
                       .what = what,
                       .label = path,
                       .gates = gates,
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
    std::vector<http::gate*> gates;
    std::vector<std::string> segments;
    std::string fields;
};

found find(const http::router& routes, const std::string& path, http::method what = http::method::get,
           const std::string& query = "") {
    const http::request r{.what = what, .path = path, .query = query};
    http::response out;
    http::router::match m;
    routes.find(r, m);
    if (m.found == nullptr) http::router::refuse(m, out);
    const auto segments = std::span{m.segments}.first(m.segment_count);
    return {m.found != nullptr ? m.found->label : std::to_string(out.status),
            {m.gates.begin(), m.gates.end()},
            {segments.begin(), segments.end()},
            out.fields};
}

using http::method;

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

TEST_CASE("each method of a path is a route of its own and Allow lists those that there are") {
    const std::vector<method> all{method::post, method::put, method::patch, method::del};
    for (const method missing : all) {
        CAPTURE(http::text_of(missing));
        std::vector<std::pair<std::string, method>> declared;
        std::string allowed;
        for (const method m : all) {
            if (m == missing) continue;
            declared.emplace_back("/a/{" + std::string(declared.size() + 1, 'x') + "}", m);
            allowed += (allowed.empty() ? "" : ", ") + std::string{http::text_of(m)};
        }
        const http::router routes(table(declared));
        for (const auto& [label, m] : declared) CHECK(find(routes, "/a/1", m).label == label);
        const auto refused = find(routes, "/a/1", missing);
        CHECK(refused.label == "405");
        CHECK(refused.fields.find("Allow: " + allowed + "\r\n") != std::string::npos);
    }
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

namespace {

class shut_gate final : public http::gate {
 public:
    std::variant<http::verdict, awaitable<http::verdict>> judge(const http::call&, http::response&) override {
        return http::verdict::refuse;
    }
};

}  // namespace

TEST_CASE("a request has to pass the gates of its path and one for an unknown path those of the router") {
    shut_gate first;
    shut_gate second;
    auto unknown = std::make_unique<shut_gate>();
    http::gate* const stranger = unknown.get();
    auto routes = table({{"/open", method::get}});
    for (auto& r : table({{"/shut/{id}", method::post}}, {&first, &second})) routes.push_back(std::move(r));
    for (auto& r : table({{"/both", method::get}})) routes.push_back(std::move(r));
    for (auto& r : table({{"/both", method::post}}, {&second})) routes.push_back(std::move(r));
    http::gate_list gates{.all = {}, .for_unknown = {stranger}};
    gates.all.push_back(std::move(unknown));
    const http::router guarded(std::move(routes), std::move(gates));
    const auto gates_of = [&](const char* path, method what) { return find(guarded, path, what).gates; };
    const std::vector<http::gate*> none;
    CHECK(gates_of("/open", method::get) == none);
    CHECK(gates_of("/open", method::post) == none);
    CHECK(gates_of("/shut/1", method::post) == std::vector<http::gate*>{&first, &second});
    CHECK(gates_of("/shut/1", method::get) == std::vector<http::gate*>{&first, &second});
    CHECK(gates_of("/both", method::get) == none);
    CHECK(gates_of("/both", method::post) == std::vector<http::gate*>{&second});
    CHECK(gates_of("/unknown", method::get) == std::vector<http::gate*>{stranger});
    CHECK(gates_of("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t", method::get) ==
          std::vector<http::gate*>{stranger});
}

}  // namespace weir::routing_test
