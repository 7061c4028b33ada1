// Gates on a real socket: in which order they are asked, and what of them reaches the client.
#include "weir/async/task.hpp"
#include "weir/base/path_pattern.hpp"
#include "weir/http/problem.hpp"

#include "http_story.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace weir::http_gate_test {

using namespace weir::test;

namespace {

namespace asio = boost::asio;

// Does what the path says for the gate of its segment: "pass", "refuse" or "throw", at once or "…-later"; or
// waits for good.
class told_gate final : public http::gate {
 public:
    told_gate(std::size_t segment, std::atomic<int>& asked) : segment_(segment), asked_(asked) {}

    std::variant<http::verdict, awaitable<http::verdict>> judge(const http::call& c,
                                                                http::response& out) override {
        ++asked_;
        if (c.segments[segment_].ends_with("-later") || c.segments[segment_] == "wait")
            return judge_later(c, out);
        return settle(c, out);
    }

 private:
    awaitable<http::verdict> judge_later(const http::call& c, http::response& out) {
        const bool is_endless = c.segments[segment_] == "wait";
        asio::steady_timer timer(co_await asio::this_coro::executor,
                                 is_endless ? milliseconds{60'000} : milliseconds{5});
        co_await timer.async_wait(asio::use_awaitable);
        co_return settle(c, out);
    }

    http::verdict settle(const http::call& c, http::response& out) {
        const std::string_view how = c.segments[segment_];
        out.field("Gate-" + std::to_string(segment_), how);
        if (how.starts_with("throw")) throw std::runtime_error("a defect");
        if (how.starts_with("pass")) return http::verdict::pass;
        problem(out, 429, "not now");
        return http::verdict::refuse;
    }

    std::size_t segment_;
    std::atomic<int>& asked_;
};

class counting_endpoint final : public http::endpoint {
 public:
    explicit counting_endpoint(std::atomic<int>& asked) : asked_(asked) {}

    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override {
        ++asked_;
        if (c.segments[2] == "throw") throw std::runtime_error("a defect");
        out.body = c.from.body;
        return std::nullopt;
    }

 private:
    std::atomic<int>& asked_;
};

// POST /{first gate}/{second gate}/{endpoint}
class gated_node {
 public:
    gated_node()
        : server_(context_.get_executor(), {.limit = {.body_bytes_max = 100}, .access_log_ratio = 0},
                  routes(), metrics_) {
        const auto at = server_.listen({asio::ip::address_v4::loopback(), 0}, http::reuse_port::no);
        REQUIRE(at.has_value());
        port = at->port();
        server_.start();
        thread_ = std::thread([this] { context_.run(); });
    }
    ~gated_node() { drain(); }

    // Drains with a deadline that has passed. Blocks until nothing runs any more.
    void drain() {
        if (!thread_.joinable()) return;
        start(context_.get_executor(), "drain", server_.drain(deadline::in(milliseconds{0})));
        thread_.join();
    }

    std::atomic<int> first_asked{0};
    std::atomic<int> second_asked{0};
    std::atomic<int> endpoint_asked{0};
    unsigned short port = 0;

 private:
    http::router routes() {
        http::gate_list gates;
        gates.all.push_back(std::make_unique<told_gate>(0, first_asked));
        gates.all.push_back(std::make_unique<told_gate>(1, second_asked));
        std::vector<http::route> all(1);
        all[0] = {.path = parse_path_pattern("/{first}/{second}/{last}"),
                  .what = http::method::post,
                  .label = "gated",
                  .gates = {gates.all[0].get(), gates.all[1].get()},
                  .target = std::make_unique<counting_endpoint>(endpoint_asked)};
        return http::router{std::move(all), std::move(gates)};
    }

    metrics_registry metrics_;
    asio::io_context context_{1};
    http::server server_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("gates judge in order and what those add that let pass is sent with any answer") {
    gated_node node;
    http_client client(node.port);
    for (const std::string when : {"", "-later"}) {
        INFO(when);
        node.first_asked = node.second_asked = node.endpoint_asked = 0;
        const auto passed = client.ask(post_request("/pass" + when + "/pass/answer", "hello"));
        CHECK(passed.status == 200);
        CHECK(passed.body == "hello");
        CHECK(passed.field("gate-0") == "pass" + when);
        CHECK(passed.field("gate-1") == "pass");
        const auto refused = client.ask(post_request("/pass/refuse" + when + "/answer", "hello"));
        CHECK(refused.status == 429);
        CHECK(refused.field("gate-0") == "pass");
        CHECK(refused.field("gate-1") == "refuse" + when);
        CHECK(node.endpoint_asked == 1);
        CHECK(client.ask(post_request("/refuse" + when + "/pass/answer", "")).status == 429);
        CHECK(node.first_asked == 3);
        CHECK(node.second_asked == 2);
        const auto failed = client.ask(post_request("/pass" + when + "/pass/throw", ""));
        CHECK(failed.status == 500);
        CHECK(failed.count("gate-0") == 1);
        CHECK(failed.count("gate-1") == 1);
    }
}

TEST_CASE("a gate that throws refuses and the fields of those before it stay") {
    gated_node node;
    http_client client(node.port);
    for (const std::string how : {"throw", "throw-later"}) {
        const auto a = client.ask(post_request("/pass/" + how + "/answer", ""));
        CHECK(a.status == 500);
        CHECK(a.field("gate-0") == "pass");
        CHECK(a.count("gate-1") == 0);
    }
    CHECK(node.endpoint_asked == 0);
}

TEST_CASE("gates judge before the body is read") {
    gated_node node;
    for (const std::string when : {"", "-later"}) {
        INFO(when);
        const auto ask = [&](const std::string& path, const std::string& fields) {
            http_client client(node.port);
            client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" + fields +
                        "\r\n");
            return client.receive();
        };
        const auto refused = ask("/pass/refuse" + when + "/answer", "Content-Length: 5\r\n");
        CHECK(refused.status == 429);
        CHECK(refused.field("connection") == "close");
        CHECK(ask("/pass/refuse" + when + "/answer", "Content-Length: 5000\r\n").status == 429);
        CHECK(ask("/pass" + when + "/pass/answer", "Content-Length: 5\r\n").status == 100);
        const auto large = ask("/pass" + when + "/pass/answer", "Content-Length: 5000\r\n");
        CHECK((large.status == 100 || large.status == 413));
    }
    CHECK(node.endpoint_asked == 0);
}

TEST_CASE("pipelined requests are answered in order whichever of their gates need time") {
    gated_node node;
    http_client client(node.port);
    std::string all;
    for (int i = 0; i < 40; ++i) {
        const std::string first = i % 3 == 0 ? "pass-later" : "pass";
        const std::string second = i % 5 == 0 ? "refuse-later" : i % 7 == 0 ? "refuse" : "pass-later";
        all += post_request("/" + first + "/" + second + "/answer", std::to_string(i));
    }
    client.send(all);
    for (int i = 0; i < 40; ++i) {
        const auto a = client.receive();
        const bool is_refused = i % 5 == 0 || i % 7 == 0;
        REQUIRE(a.status == (is_refused ? 429 : 200));
        if (!is_refused) REQUIRE(a.body == std::to_string(i));
    }
}

TEST_CASE("a gate that waits is cancelled at the deadline of a drain") {
    gated_node node;
    http_client client(node.port);
    client.send(post_request("/wait/pass/answer", ""));
    REQUIRE(eventually([&] { return node.first_asked == 1; }));
    const auto begin = steady_clock::now();
    node.drain();
    CHECK(steady_clock::now() - begin < seconds{30});  // the gate alone would wait for a minute
    CHECK(client.receive().status == 0);
}

}  // namespace weir::http_gate_test
