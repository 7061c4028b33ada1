#include "transfer.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using phase = connection::phase;

constexpr milliseconds linger_timeout{1000};
constexpr std::size_t linger_bytes_max = 256 * 1024;

void keep_time(connection& c, const limits& allowed, bool is_idle) {
    if (c.now == phase::body) return;
    const phase next = is_idle ? phase::idle : phase::head;
    if (c.now != next) c.enter(next, is_idle ? allowed.idle_timeout : allowed.header_timeout);
}

}  // namespace

awaitable<arrival> read_some(connection& c, listener& l) {
    if (!c.out.is_empty()) {
        const bool is_written = co_await write_out(c, l);
        if (!is_written) co_return arrival::nothing;
    }
    const bool is_idle = c.now != phase::body && c.in.is_idle();
    while (true) {
        keep_time(c, l.options.limit, is_idle);
        const std::span<char> space = c.in.space();
        error_code ec;
        std::size_t bytes = 0;
        if (is_idle && l.is_draining) {
            // A request may have come just before the drain; it is in flight. Else there is nothing to wait
            // for.
            bytes = c.socket.read_some(asio::buffer(space.data(), space.size()), ec);
        } else {
            bytes = co_await c.socket.async_read_some(asio::buffer(space.data(), space.size()),
                                                      asio::redirect_error(asio::use_awaitable, ec));
        }
        if (!ec) {
            c.in.received(bytes);
            co_return arrival::bytes;
        }
        if (ec != asio::error::operation_aborted) co_return arrival::nothing;
        if (c.is_cut) co_return is_idle ? arrival::nothing : arrival::too_slow;
        if (!l.is_draining) co_return arrival::nothing;
    }
}

awaitable<bool> write_out(connection& c, listener& l) {
    const phase before = c.now;
    const auto due = c.until;
    while (!c.out.is_empty()) {
        error_code ec;
        const std::size_t bytes = c.socket.write_some(c.out.buffers(), ec);
        if (!ec) {
            c.out.written(bytes);
            continue;
        }
        if (ec != asio::error::would_block) co_return false;
        c.enter(phase::writing, l.options.limit.write_timeout);
        co_await c.socket.async_wait(asio::ip::tcp::socket::wait_write,
                                     asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return false;
        c.now = before;
        c.until = due;
    }
    co_return true;
}

awaitable<void> hang_up(connection& c) {
    error_code ec;
    c.socket.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    c.enter(phase::closing, linger_timeout);
    std::array<char, 1024> dropped;
    for (std::size_t bytes = 0; !ec && bytes < linger_bytes_max;) {
        bytes += co_await c.socket.async_read_some(asio::buffer(dropped),
                                                   asio::redirect_error(asio::use_awaitable, ec));
    }
}

}  // namespace weir::http
