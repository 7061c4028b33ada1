#include "open_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using endpoint = asio::generic::stream_protocol::endpoint;
using endpoints = std::vector<endpoint>;

// One look-up. It outlives the wait: a getaddrinfo that has begun cannot be interrupted, and reports here
// when no coroutine waits any more.
struct lookup {
    explicit lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}

    tcp::resolver resolver;
    asio::steady_timer done;
    error_code failure = errc::timeout;
    endpoints found;
};

awaitable<result<endpoints>> look_up(const options& to, deadline until) {
    const auto executor = co_await asio::this_coro::executor;
    const auto state = std::make_shared<lookup>(executor);
    state->done.expires_at(until.at());
    state->resolver.async_resolve(to.host, std::to_string(to.port),
                                  [state](const error_code& ec, const tcp::resolver::results_type& found) {
                                      state->failure = ec;
                                      for (const auto& entry : found)
                                          state->found.emplace_back(entry.endpoint());
                                      state->done.cancel();
                                  });
    co_await state->done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (state->failure) co_return state->failure;
    co_return std::move(state->found);
}

awaitable<result<endpoints>> endpoints_of(const options& to, deadline until) {
    if (!to.socket_path.empty()) {
        const asio::local::stream_protocol::endpoint at(to.socket_path);
        co_return endpoints{endpoint(at)};
    }
    error_code not_an_address;
    const auto address = asio::ip::make_address(to.host, not_an_address);
    if (!not_an_address) co_return endpoints{endpoint(tcp::endpoint(address, to.port))};
    co_return co_await look_up(to, until);
}

void tune(stream_socket& socket) {
    error_code ignored;
    // A pipeline is written as a whole, so a delay gains nothing.
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
}

awaitable<result<void>> connect_to_any(stream_socket& socket, endpoints candidates) {
    error_code failure = asio::error::host_not_found;
    for (const endpoint& at : candidates) {
        error_code ignored;
        socket.close(ignored);
        socket.open(at.protocol(), failure);
        if (failure) continue;
        auto [ec] = co_await socket.async_connect(at, asio::as_tuple(asio::use_awaitable));
        failure = ec;
        if (!failure) co_return result<void>{};
    }
    co_return failure;
}

}  // namespace

awaitable<result<stream_socket>> open_socket(const options& to, deadline until) {
    auto candidates = co_await endpoints_of(to, until);
    if (!candidates) co_return candidates.error();
    stream_socket socket(co_await asio::this_coro::executor);
    auto connecting = connect_to_any(socket, std::move(*candidates));
    const auto connected = co_await bounded(std::move(connecting), until);
    if (!connected) co_return connected.error();
    if (to.socket_path.empty()) tune(socket);
    co_return std::move(socket);
}

}  // namespace weir::redis
