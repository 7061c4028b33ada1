#include "http_story.hpp"

namespace weir::http_load_test {

using namespace weir::test;

namespace {

// Asks a mixture of everything over connections that come and go; returns how many answers were right.
int ask_around(unsigned short port, int rounds) {
    int right = 0;
    for (int i = 0; i < rounds; ++i) {
        http_client client(port);
        const std::string id = "p" + std::to_string(i);
        right += client.get("/v1/items/" + id).body == R"({"id":")" + id + R"("})";
        client.send(get_request("/healthz") + get_request("/v1/items/absent") + get_request("/readyz"));
        right += client.receive().status == 200;
        right += client.receive().status == 404;
        right += client.receive().status == 200;
        if (i % 3 == 0) right += client.ask("nonsense\r\n").status == 400;
        if (i % 3 == 1) right += client.get("/", "Connection: close\r\n").status == 404;
        if (i % 3 == 2) {
            client.send("GET /v1/items/p1 HT");  // and leaves
            ++right;
        }
    }
    return right;
}

}  // namespace

TEST_CASE("two workers share a port and serve many connections at once") {
    http_node node({.workers = 2});
    constexpr int threads = 6;
    constexpr int rounds = 60;
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> clients;
        for (int t = 0; t < threads; ++t) {
            clients.emplace_back([&] { right += ask_around(node.port(), rounds); });
        }
    }
    CHECK(right == threads * rounds * 5);
    CHECK(node.story().gets == threads * rounds * 2);
}

TEST_CASE("a drain under load leaves no request without an answer that was sent before it") {
    http_node node({.workers = 2});
    std::vector<std::unique_ptr<http_client>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<http_client>(node.port()));
        clients.back()->send(get_request("/v1/items/slow"));
    }
    CHECK(eventually([&] { return node.story().started_slow == 40; }));
    node.begin_drain(seconds{30});
    node.story().is_open = true;
    for (auto& c : clients) {
        CHECK(c->receive().status == 200);
        c->shutdown_send();
    }
    node.await_drained();
}

}  // namespace weir::http_load_test
