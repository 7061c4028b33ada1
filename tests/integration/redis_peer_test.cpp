// What the Redis client makes of a peer that is no Redis, or not one that serves yet.
#include "redis_story.hpp"
#include "support/run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weir::redis_peer_test {
namespace {

using namespace weir::test;
using boost::asio::ip::tcp;
using redis::client;

// A peer that answers what it was told to, one answer per read, to every connection anew.
struct scripted_peer {
    explicit scripted_peer(boost::asio::io_context& context)
        : acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {}

    tcp::acceptor acceptor;
    std::vector<std::string> answers;
    int accepted = 0;

    redis::options options() const {
        redis::options o;
        o.port = acceptor.local_endpoint().port();
        return o;
    }
};

awaitable<void> serve(scripted_peer& peer) {
    namespace asio = boost::asio;
    while (true) {
        auto [refused, socket] = co_await peer.acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (refused) co_return;
        ++peer.accepted;
        std::array<char, 4096> bytes{};
        for (std::size_t i = 0;; ++i) {
            auto [ec, size] =
                co_await socket.async_read_some(asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
            if (ec) break;
            if (i >= peer.answers.size()) continue;
            co_await asio::async_write(socket, asio::buffer(peer.answers[i]),
                                       asio::as_tuple(asio::use_awaitable));
        }
    }
}

// The peer lives on the client's io_context, which is there only with the client.
struct scripted_story {
    explicit scripted_story(std::vector<std::string> answers) : peer(context) {
        peer.answers = std::move(answers);
        start(context.get_executor(), "peer", serve(peer));
    }
    boost::asio::io_context context{1};
    scripted_peer peer;

    void tell(awaitable<void> (*story)(client&, scripted_peer&)) {
        client c(context.get_executor(), peer.options());
        start(context.get_executor(), "redis client", c.run());
        run(context, story(c, peer), [&] {
            c.stop();
            peer.acceptor.close();
        });
    }
};

// To CLIENT, PING and INFO twice.
const std::string no_info = "$0\r\n\r\n$0\r\n\r\n";
const std::string welcome = "+OK\r\n+PONG\r\n" + no_info;

TEST_CASE("garbage from the peer is a protocol error and a new connection") {
    scripted_story({welcome, "HTTP/1.1 400 Bad Request\r\n\r\n"})
        .tell([](client& c, scripted_peer& peer) -> awaitable<void> {
            co_await connected(c);
            const auto answer = co_await ask(c, "PING");
            REQUIRE(answer.error() == errc::protocol);
            co_await connected(c);
            REQUIRE(peer.accepted == 2);
        });
}

TEST_CASE("a reply without a command ends the connection") {
    scripted_story({welcome, "+PONG\r\n+PONG\r\n"})
        .tell([](client& c, scripted_peer& peer) -> awaitable<void> {
            co_await connected(c);
            const auto answer = co_await ask(c, "PING");
            REQUIRE(text(answer) == "PONG");
            const bool again = co_await until([&] { return peer.accepted == 2; }, seconds{5});
            REQUIRE(again);
        });
}

TEST_CASE("a server that is still loading counts as away") {
    scripted_story({"+OK\r\n-LOADING Redis is loading the dataset in memory\r\n" + no_info})
        .tell([](client& c, scripted_peer& peer) -> awaitable<void> {
            const bool tried = co_await until([&] { return peer.accepted >= 3; }, seconds{5});
            REQUIRE(tried);
            REQUIRE_FALSE(c.is_connected());
            REQUIRE(c.last_failure().find("LOADING") != std::string::npos);
            const auto failing = co_await time_to_fail(c, errc::unavailable);
            REQUIRE(failing < milliseconds{50});
        });
}

TEST_CASE("a server that loads again later makes callers see it as away") {
    scripted_story({welcome, "-LOADING Redis is loading the dataset in memory\r\n"})
        .tell([](client& c, scripted_peer&) -> awaitable<void> {
            co_await connected(c);
            const auto answer = co_await ask(c, "GET", "k");
            REQUIRE(answer.error() == errc::unavailable);
        });
}

TEST_CASE("a user who may not select the database is not let loose on another") {
    boost::asio::io_context context{1};
    scripted_peer peer(context);
    peer.answers = {"-NOPERM no right to SELECT\r\n" + welcome};
    auto settings = peer.options();
    settings.db = 3;
    client c(context.get_executor(), settings);
    start(context.get_executor(), "peer", serve(peer));
    start(context.get_executor(), "redis client", c.run());
    while (c.last_failure().empty() && context.run_one() > 0) {
    }
    REQUIRE(c.last_failure() == "SELECT was refused: NOPERM no right to SELECT");
    REQUIRE(c.stats().connections == 0);
    c.stop();
    peer.acceptor.close();
    context.run();
}

TEST_CASE("a user without the right to PING or INFO is welcome all the same") {
    scripted_story({"-NOPERM no right to CLIENT\r\n-NOPERM no right to PING\r\n"
                    "-NOPERM no right to INFO\r\n-NOPERM no right to INFO\r\n"})
        .tell([](client& c, scripted_peer&) -> awaitable<void> {
            co_await connected(c);
            REQUIRE(c.identity().empty());
        });
}

TEST_CASE("a password that the server repeats is still not told") {
    boost::asio::io_context context{1};
    scripted_peer peer(context);
    peer.answers = {"-ERR what is hunter2 to me\r\n" + welcome};
    auto settings = peer.options();
    settings.password = "hunter2";
    client c(context.get_executor(), settings);
    start(context.get_executor(), "peer", serve(peer));
    start(context.get_executor(), "redis client", c.run());
    while (c.last_failure().empty()) context.run_one();
    REQUIRE(c.last_failure() == "AUTH was refused: ERR");
    c.stop();
    peer.acceptor.close();
    context.run();
}

}  // namespace

}  // namespace weir::redis_peer_test
