// A hit on a real socket: what it costs besides its bytes. The counts are of one server thread, taken where
// the reader is asked, so that nothing of the client's is among them.
#include "weir/async/task.hpp"

#include "http_story.hpp"
#include "support/borrowed.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace weir::http_hit_test {
namespace {

thread_local std::size_t allocations = 0;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool can_count = false;  // the sanitizers have an operator new of their own
#else
constexpr bool can_count = true;
#endif

}  // namespace

}  // namespace weir::http_hit_test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t bytes) {
    ++weir::http_hit_test::allocations;
    if (void* made = std::malloc(bytes == 0 ? 1 : bytes)) return made;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept {
    std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
    std::free(at);
}
#endif

namespace weir::http_hit_test {

using namespace weir::test;

namespace {

// Always has the answer, and notes at each question how often its thread has allocated.
class hot_reader final : public reader {
 public:
    hot_reader() {
        entry_parts made;
        made.load_start = unix_now() - seconds{3};
        made.soft_expiry = made.hard_expiry = made.load_start + seconds{300};
        made.etag = "0123456789abcdef0123456789abcdef";
        made.text = std::string(1024, 'x');
        noted_.reserve(4096);  // so that noting allocates nothing
        content_ = entry::make(made, "Cache-Control: public, no-cache\r\nETag: \"" + made.etag + "\"\r\n");
    }

    std::optional<answer> find(const resource_ptr&, const std::vector<std::string>&, const moment&) override {
        noted_.push_back(allocations);
        return answer{content_, {.from = provenance::source::hit, .where = provenance::tier::l1}};
    }
    awaitable<result<answer>> fetch(resource_ptr, std::vector<std::string>, deadline) override {
        co_return errc::unavailable;
    }

    // Between the first question after `from` questions and the last one. Once the thread has ended.
    std::size_t allocated_since(std::size_t from) const { return noted_.back() - noted_.at(from); }
    std::size_t asked() const { return noted_.size(); }

 private:
    entry_ptr content_;
    std::vector<std::size_t> noted_;
};

// One worker with nothing but hits; its thread ends with stop().
class hot_node {
 public:
    hot_node()
        : server_(context_.get_executor(), {.access_log_ratio = 0},
                  api::public_routes(test::borrowed(declared_), from, {}, milliseconds{1000}, metrics_),
                  metrics_) {
        const auto at = server_.listen({boost::asio::ip::address_v4::loopback(), 0}, http::reuse_port::no);
        REQUIRE(at.has_value());
        port = at->port();
        server_.start();
        thread_ = std::thread([this] { context_.run(); });
    }
    ~hot_node() { stop(); }

    void stop() {
        if (!thread_.joinable()) return;
        start(context_.get_executor(), "drain", server_.drain(deadline::in(seconds{5})));
        thread_.join();
    }

    hot_reader from;
    unsigned short port = 0;

 private:
    policy declared_ = http_policy();
    metrics_registry metrics_;
    boost::asio::io_context context_{1};
    http::server server_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("hits allocate nothing once a worker is warm") {
    constexpr std::size_t warm = 50;
    constexpr std::size_t rounds = 200;
    constexpr std::size_t clients = 4;
    hot_node node;
    std::vector<std::unique_ptr<http_client>> at;
    for (std::size_t i = 0; i < clients; ++i) at.push_back(std::make_unique<http_client>(node.port));
    for (std::size_t i = 0; i < rounds; ++i) {
        const bool is_conditional = i % 2 == 1;
        const std::string fields =
            is_conditional ? "If-None-Match: \"0123456789abcdef0123456789abcdef\"\r\n" : "";
        for (auto& c : at)
            c->send(get_request("/v1/items/an-id-of-some-length-" + std::to_string(i), fields));
        for (auto& c : at) REQUIRE(c->receive(!is_conditional).status == (is_conditional ? 304 : 200));
    }
    at.clear();
    node.stop();
    REQUIRE(node.from.asked() == rounds * clients);
    if (can_count) CHECK(node.from.allocated_since(warm * clients) == 0);
}

TEST_CASE("a flood of pipelined hits is answered in order however the bytes are cut") {
    hot_node node;
    http_client client(node.port);
    std::string requests;
    for (int i = 0; i < 500; ++i)
        requests +=
            get_request("/v1/items/" + std::to_string(i), "X-Request-Id: r" + std::to_string(i) + "\r\n");
    for (std::size_t i = 0; i < requests.size(); i += 777) client.send(requests.substr(i, 777));
    for (int i = 0; i < 500; ++i) REQUIRE(client.receive().field("x-request-id") == "r" + std::to_string(i));
}

TEST_CASE("a request and the end of the client in one packet is answered and then closed") {
    hot_node node;
    http_client client(node.port);
    client.send(get_request("/v1/items/a"));
    client.shutdown_send();
    CHECK(client.receive().status == 200);
    CHECK(client.is_closed_by_server());
}

}  // namespace weir::http_hit_test
