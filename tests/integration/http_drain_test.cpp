#include "http_story.hpp"
#include "support/borrowed.hpp"

namespace weir::http_drain_test {

using namespace weir::test;

TEST_CASE("a drain answers what is in flight and closes idle connections at once") {
    http_node node({});
    http_client idle(node.port());
    CHECK(idle.get("/v1/items/p1").status == 200);
    http_client silent(node.port());
    http_client busy(node.port());
    busy.send(get_request("/v1/items/slow"));
    http_client half(node.port());
    half.send("GET /v1/items/p3 HTTP/1.1\r\nHos");
    CHECK(eventually([&] { return node.story().started_slow == 1 && node.connections() == 4; }));
    CHECK(eventually([&] {
        return node.metrics_text().find("weir_http_connections{listener=\"public\"} 4") != std::string::npos;
    }));

    node.begin_drain(seconds{30});
    CHECK(idle.is_closed_by_server());
    CHECK(silent.is_closed_by_server());
    node.story().is_open = true;
    const auto a = busy.receive();
    CHECK(a.status == 200);
    CHECK(a.field("connection") == "close");
    CHECK(busy.is_closed_by_server());
    half.send("t: a\r\n\r\n");
    const auto late = half.receive();
    CHECK(late.status == 200);
    CHECK(late.field("connection") == "close");
    half.shutdown_send();
    busy.shutdown_send();
    node.await_drained();
}

TEST_CASE("a drain answers every request that was already received") {
    http_node node({});
    http_client client(node.port());
    client.send(get_request("/v1/items/slow") + get_request("/v1/items/p1") + get_request("/v1/items/p2"));
    CHECK(eventually([&] { return node.story().started_slow == 1; }));
    node.begin_drain(seconds{30});
    node.story().is_open = true;
    CHECK(client.receive().status == 200);
    CHECK(client.receive().status == 200);
    const auto last = client.receive();
    CHECK(last.body == R"({"id":"p2"})");
    CHECK(last.field("connection") == "close");
    client.shutdown_send();
    node.await_drained();
}

TEST_CASE("a drain ends at its deadline whatever is in flight") {
    http_node node({});
    node.story().big_body = std::string(16 * 1024 * 1024, 'x');
    http_client slow(node.port());
    slow.send(get_request("/v1/items/slow"));
    http_client unread(node.port());
    unread.send(get_request("/v1/items/big"));
    http_client half(node.port());
    half.send("GET / HT");
    CHECK(eventually([&] { return node.story().gets == 2; }));
    node.drain(milliseconds{50});
    CHECK(slow.receive().status == 0);
    CHECK(half.receive().status == 0);
}

TEST_CASE("a connection that is found after the deadline of a drain is not served") {
    metrics_registry metrics;
    boost::asio::io_context context(1);
    http::server server(context.get_executor(), {}, http::router{{}}, metrics);
    const auto at = server.listen({boost::asio::ip::address_v4::loopback(), 0}, http::reuse_port::no);
    REQUIRE(at.has_value());
    server.start();
    context.poll();                // accepting
    http_client half(at->port());  // in the kernel's backlog
    half.send("GET / HT");
    const auto begin = steady_clock::now();
    boost::asio::co_spawn(context, server.drain(deadline::in(seconds{0})), [](std::exception_ptr) {});
    context.run();
    CHECK(steady_clock::now() - begin < seconds{3});
    CHECK(half.receive().status == 0);
}

TEST_CASE("a server that is destroyed without a drain cancels what it serves") {
    metrics_registry metrics;
    http_story story;
    story.declared = http_policy();
    fake_reader reader(story);
    boost::asio::io_context context(1);
    auto server = std::make_unique<http::server>(
        context.get_executor(), http::server_options{.access_log_ratio = 0},
        api::public_routes(borrowed(story.declared), reader, {}, milliseconds{1000}, metrics), metrics);
    const auto at = server->listen({boost::asio::ip::address_v4::loopback(), 0}, http::reuse_port::no);
    REQUIRE(at.has_value());
    server->start();
    http_client slow(at->port());
    http_client idle(at->port());
    slow.send(get_request("/v1/items/slow"));
    while (story.started_slow == 0 || server->connections() < 2) context.run_one();

    SECTION("and its context runs dry") {
        server.reset();
        context.run();
        CHECK(idle.is_closed_by_server());
    }
    SECTION("and its context is never run again") {
        server.reset();
    }
}

TEST_CASE("a port that is taken is said so") {
    http_node node({});
    metrics_registry metrics;
    boost::asio::io_context context(1);
    http::server second(context.get_executor(), {}, http::router{{}}, metrics);
    const auto at =
        second.listen({boost::asio::ip::address_v4::loopback(), node.port()}, http::reuse_port::no);
    CHECK(at.has_error());
}

}  // namespace weir::http_drain_test
