#include "http_story.hpp"

namespace weir::http_admin_test {

using namespace weir::test;

namespace {

http_node::options admin() {
    return {.is_admin = true};
}

}  // namespace

TEST_CASE("a write is answered with its row and the keys that it invalidated") {
    http_node node(admin());
    http_client client(node.port());
    // What curl -d sends: the type is a form's, the content is JSON.
    const auto a = client.ask(post_request("/admin/v1/items/p1", R"({"price_cents": 1299})",
                                           bearer + "Content-Type: application/x-www-form-urlencoded\r\n"));
    CHECK(a.status == 200);
    CHECK(a.field("content-type") == "application/json");
    CHECK(a.field("cache-control") == "no-store");
    CHECK(
        a.body ==
        R"({"row":{"id":"p1"},"invalidated":["weir:v1:items:p1","weir:v1:lists:\"en\""],"invalidation":"done"})");
    CHECK(node.story().last_values() == std::vector<std::string>{"p1", "null", "1299"});
    const auto pending = client.ask(post_request("/admin/v1/items/pending", R"({"price_cents": 1})", bearer));
    CHECK(pending.status == 200);
    CHECK(pending.body.ends_with(R"("invalidation":"pending"})"));
}

TEST_CASE("a create is a 201 and a delete needs no body") {
    http_node node(admin());
    http_client client(node.port());
    CHECK(client.ask(post_request("/admin/v1/items", R"({"id":"n1","name":"x","price_cents":0})", bearer))
              .status == 201);
    CHECK(client.ask("DELETE /admin/v1/items/p1 HTTP/1.1\r\nHost: a\r\n" + bearer + "\r\n").status == 200);
    CHECK(client.ask("DELETE /admin/v1/items/nobody HTTP/1.1\r\nHost: a\r\n" + bearer + "\r\n").status ==
          404);
}

TEST_CASE("a chunked body is as good as any") {
    http_node node(admin());
    http_client client(node.port());
    client.send("POST /admin/v1/items/p1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + bearer +
                "\r\n8\r\n{\"name\":\r\n4\r\n\"x\"}\r\n0\r\n\r\n");
    CHECK(client.receive().status == 200);
    CHECK(node.story().last_values() == std::vector<std::string>{"p1", "x", "null"});
}

TEST_CASE("without the token everything is a 401 before its body is read") {
    http_node node(admin());
    for (const std::string fields :
         {"", "Authorization: Bearer sesam\r\n", "Authorization: Bearer sesame2\r\n",
          "Authorization: Basic sesame\r\n", "Authorization: Bearer\r\n", "Authorization: sesame\r\n"}) {
        INFO(fields);
        http_client client(node.port());
        const auto a = client.ask(post_request("/admin/v1/items/p1", "not even JSON", fields));
        CHECK(a.status == 401);
        CHECK(a.field("www-authenticate") == "Bearer realm=\"weir\"");
        CHECK(client.get("/admin/v1/nothing", fields).status ==
              401);  // unknown paths too; the connection goes on
    }
    http_client never_sent(node.port());
    const auto a =
        never_sent.ask("POST /admin/v1/items/p1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    CHECK(a.status == 401);
    CHECK(a.field("connection") == "close");
    http_client large(node.port());
    CHECK(
        large.ask("POST /admin/v1/items/p1 HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n").status ==
        401);
    http_client waiting(node.port());
    CHECK(waiting
              .ask("POST /admin/v1/items/p1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
                   "9\r\n\r\n")
              .status == 401);
    CHECK(node.story().applies == 0);
    http_client right(node.port());
    CHECK(
        right.ask(post_request("/admin/v1/items/p1", R"({"name":"x"})", "authorization: bearer  sesame\r\n"))
            .status == 200);
}

TEST_CASE("metrics and health need no token on the admin listener") {
    http_node node(admin());
    http_client client(node.port());
    const auto a = client.get("/metrics");
    CHECK(a.status == 200);
    CHECK(a.field("content-type").starts_with("text/plain"));
    CHECK(a.body.find("weir_http_connections") != std::string::npos);
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/readyz").status == 200);
}

TEST_CASE("paths and methods of the admin listener that do not exist are told to whoever has the token") {
    http_node node(admin());
    http_client client(node.port());
    CHECK(client.get("/admin/v1/nothing", bearer).status == 404);
    const auto a = client.get("/admin/v1/items/p1", bearer);
    CHECK(a.status == 405);
    CHECK(a.field("allow") == "POST, DELETE");
}

TEST_CASE("a body that is not JSON is a 400 and a wrong one a 422 that names every field") {
    http_node node(admin());
    http_client client(node.port());
    for (const auto* body : {"", "{", "[1]", "price_cents=1", "\"x\""}) {
        INFO(body);
        const auto status = client.ask(post_request("/admin/v1/items", body, bearer)).status;
        CHECK((status == 400 || (*body == 0 && status == 422)));
    }
    const auto a =
        client.ask(post_request("/admin/v1/items", R"({"price_cents":"x","colour":"red","name":7})", bearer));
    CHECK(a.status == 422);
    for (const auto* field : {"id", "name", "price_cents", "colour"}) {
        INFO(a.body);
        CHECK(a.body.find(std::string{R"({"field":")"} + field + '"') != std::string::npos);
    }
    CHECK(client.ask(post_request("/admin/v1/items/%zz", "{}", bearer)).status == 400);
    CHECK(node.story().applies == 0);
}

TEST_CASE("what the writer says is what the client hears") {
    http_node node(admin());
    http_client client(node.port());
    const auto apply = [&](const std::string& id) {
        return client.ask(post_request("/admin/v1/items/" + id, R"({"name":"x"})", bearer));
    };
    CHECK(apply("nobody").status == 404);
    CHECK(apply("conflict").status == 409);
    CHECK(apply("constraint").status == 422);
    CHECK(apply("unavailable").status == 503);
    CHECK(apply("overloaded").field("retry-after") == "1");
    const auto unknown = apply("unknown");
    CHECK(unknown.status == 500);
    CHECK(unknown.body.find("unknown") != std::string::npos);
    CHECK(unknown.count("retry-after") == 0);
}

TEST_CASE("a body past its limit is a 413") {
    http_node node({.limit = {.body_bytes_max = 100}, .is_admin = true});
    http_client client(node.port());
    CHECK(client.ask(post_request("/admin/v1/items/p1", std::string(101, ' '), bearer)).status == 413);
    CHECK(node.story().applies == 0);
}

TEST_CASE("an operator sees what each tier holds of an answer") {
    http_node node(admin());
    http_client client(node.port());
    const auto a = client.get("/admin/v1/explain?path=/v1/items/p1", bearer);
    CHECK(a.status == 200);
    CHECK(a.field("cache-control") == "no-store");
    CHECK(
        a.body ==
        R"({"resource":"item","key":{"name":"weir:v1:item","invalidated_s_ago":0.25},)"
        R"("tags":[{"name":"weir:v1:all:item","invalidated_s_ago":null,"version":"v7"}],)"
        R"("invalidated_by":[],"l1_trusted":false,"l1":{"state":"off"},)"
        R"("l2":{"state":"present","served":false,"kind":"value","age_s":1.5,"ttl_left_s":60,"load_ms":2.5,)"
        R"("body_bytes":2,"etag":"e1","tags_valid":false,"tag_versions":["v6"]}})");
    CHECK(node.story().last_values() == std::vector<std::string>{"p1"});
}

TEST_CASE("a target to explain may be pasted as it is or encoded as a parameter") {
    http_node node(admin());
    http_client client(node.port());
    const auto values = [&](const std::string& query) {
        const auto a = client.get("/admin/v1/explain?" + query, bearer);
        INFO(a.body);
        CHECK(a.status == 200);
        return node.story().last_values();
    };
    const std::vector<std::string> expected{"e n", "2"};
    CHECK(values("path=/v1/lists?locale=e+n&page=2") == expected);
    CHECK(values("path=%2Fv1%2Flists%3Flocale%3De%2520n%26page%3D2") == expected);
    CHECK(values("pretty=1&path=/v1/lists?page=2&locale=e%2bn") == expected);
    CHECK(values("path=http://127.0.0.1:8080/v1/items/x") == std::vector<std::string>{"x"});
}

TEST_CASE("what cannot be explained is said as a GET of it would say it") {
    http_node node(admin());
    http_client client(node.port());
    const auto explain = [&](const std::string& query) {
        return client.get("/admin/v1/explain" + query, bearer);
    };
    for (const auto* query : {"", "?path=", "?path=v1/items/p1", "?path=%zz", "?Path=/v1/items/p1"}) {
        INFO(query);
        const auto a = explain(query);
        CHECK(a.status == 400);
        CHECK(a.body.find(R"("parameter":"path")") != std::string::npos);
    }
    CHECK(explain("?path=/v1/nothing").status == 404);
    CHECK(explain("?path=/v1/lists?page=2").body.find(R"("parameter":"locale")") != std::string::npos);
    CHECK(explain("?path=/v1/me/x").body.find(R"("private":true)") != std::string::npos);
    CHECK(client.get("/admin/v1/explain?path=/v1/items/p1").status == 401);
    CHECK(client.ask(post_request("/admin/v1/explain", "", bearer)).status == 405);
}

TEST_CASE("tags are invalidated by hand and may be written without their head") {
    http_node node(admin());
    http_client client(node.port());
    const auto ask = [&](const std::string& body) {
        return client.ask(post_request("/admin/v1/invalidate", body, bearer));
    };
    const auto a =
        ask(R"({"tags":["lists:all:en","weir:v1:tag:lists:all:de","all:item"],"keys":["weir:v1:a"]})");
    CHECK(
        a.body ==
        R"({"invalidated":["weir:v1:a","weir:v1:tag:lists:all:en","weir:v1:tag:lists:all:de","weir:v1:all:item"],)"
        R"("invalidation":"done"})");
    CHECK(node.story().last_values().back() == "weir:v1:all:item");
    CHECK(ask(R"({"tags":["lists:all:en"],"keys":[]})").status == 200);
    // A tag that no resource has would be forgotten by nobody, in silence.
    for (const auto* tag : {"lists:en", "lists:all", "lists:all:", "lists:all:en:x", "lists:all:a/b",
                            "all:nobody", "all:me", "other:v1:tag:lists:all:en", ""}) {
        INFO(tag);
        const auto refused = ask(R"({"tags":[")" + std::string{tag} + R"("]})");
        CHECK(refused.status == 422);
        CHECK(refused.body.find("a tag that no resource has") != std::string::npos);
    }
    for (const auto* body : {R"({"tags":[]})", R"({"tags":"all:item"})", R"({"tags":[1]})"}) {
        INFO(body);
        CHECK(ask(body).status == 422);
    }
}

TEST_CASE("keys are invalidated by hand") {
    http_node node(admin());
    http_client client(node.port());
    const auto ask = [&](const std::string& body) {
        return client.ask(post_request("/admin/v1/invalidate", body, bearer));
    };
    const auto a = ask(R"({"keys":["weir:v1:items:1","weir:v1:items:2"]})");
    CHECK(a.status == 200);
    CHECK(a.body == R"({"invalidated":["weir:v1:items:1","weir:v1:items:2"],"invalidation":"done"})");
    CHECK(node.story().last_values() == std::vector<std::string>{"weir:v1:items:1", "weir:v1:items:2"});
    CHECK(ask(R"({"keys":["weir:v1:unavailable"]})").status == 503);
    CHECK(ask("{").status == 400);
    CHECK(ask("[]").status == 400);
    for (const auto* body :
         {R"({})", R"({"keys":[]})", R"({"keys":"weir:v1:a"})", R"({"keys":[1]})",
          R"({"keys":["other:v1:a"]})", R"({"keys":["weir:v1"]})", R"({"keys":["weir:v10:a"]})"}) {
        INFO(body);
        CHECK(ask(body).status == 422);
    }
    CHECK(
        ask(R"({"keys":["weir:v1:a"],"tag":["x"]})").body.find(R"({"field":"tag","detail":"is unknown"})") !=
        std::string::npos);
    std::string many = R"({"keys":["weir:v1:a")";
    for (int i = 0; i < 1000; ++i) many += R"(,"weir:v1:a")";
    CHECK(ask(many + "]}").status == 422);
}

}  // namespace weir::http_admin_test
