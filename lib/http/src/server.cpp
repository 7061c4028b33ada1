#include "weir/http/server.hpp"

#include "weir/base/log.hpp"

#include "listener.hpp"
#include "session.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <sys/socket.h>
#include <utility>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using listener_ptr = std::shared_ptr<listener>;
using connection_at = std::list<connection>::iterator;

constexpr int backlog = 4096;                   // the kernel cuts it to its own limit
constexpr milliseconds accept_pause_time{100};  // when the process is out of descriptors

constexpr std::string_view full =
    "HTTP/1.1 503 Service Unavailable\r\nServer: weir\r\nRetry-After: 1\r\nCache-Control: no-store\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";

// What a coroutine threw. Being cancelled is how it ends at the drain's deadline.
void log_failure(std::string_view event, const std::exception_ptr& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) log::error(event, {{"why", e.what()}});
    } catch (const std::exception& e) {
        log::error(event, {{"why", e.what()}});
    }
}

void admit(const listener_ptr& l, tcp::socket socket);

awaitable<void> run_session(listener_ptr l, connection_at at) {
    co_await serve(*at, *l);
}

void session_over(const listener_ptr& l, connection_at at, const std::exception_ptr& failure) {
    log_failure("session_failed", failure);
    l->connections.erase(at);
    l->metrics.disconnected();
    l->changed.cancel();
}

// Past the bound of connections: an answer if the socket takes it at once, and the end.
void turn_away(listener& l, tcp::socket socket) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    std::array<char, 4096> unread;
    socket.read_some(asio::buffer(unread), ignored);  // closing on unread bytes would reset the connection
    socket.write_some(asio::buffer(full), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    l.metrics.answered(nullptr, 503, microseconds{0});
}

void admit(const listener_ptr& l, tcp::socket socket) {
    if (l->is_closed) return;
    if (l->connections.size() >= l->options.limit.connections_max) return turn_away(*l, std::move(socket));
    error_code ec;
    socket.set_option(tcp::no_delay(true), ec);
    socket.non_blocking(true, ec);
    if (ec) return;  // closed already
    const auto at = l->connections.emplace(l->connections.end(), std::move(socket), l->options.limit);
    l->metrics.connected();
    asio::co_spawn(l->executor, run_session(l, at),
                   asio::bind_cancellation_slot(at->stop.slot(), [l, at](std::exception_ptr failure) {
                       session_over(l, at, failure);
                   }));
}

// Connections that the kernel has accepted already are served; the others find the door closed.
void empty_backlog(const listener_ptr& l) {
    error_code ec;
    l->acceptor.non_blocking(true, ec);
    while (!ec) {
        tcp::socket socket = l->acceptor.accept(ec);
        if (!ec) admit(l, std::move(socket));
    }
    l->acceptor.close(ec);
}

bool is_out_of_descriptors(const error_code& ec) {
    return ec == boost::system::errc::too_many_files_open ||
           ec == boost::system::errc::too_many_files_open_in_system ||
           ec == boost::system::errc::not_enough_memory || ec == boost::system::errc::no_buffer_space;
}

awaitable<void> accept_all(listener_ptr l) {
    while (!l->is_draining) {
        error_code ec;
        tcp::socket socket = co_await l->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
            admit(l, std::move(socket));
        } else if (is_out_of_descriptors(ec)) {
            log::error("accept_failed", {{"listener", l->options.listener}, {"why", ec.message()}});
            l->accept_pause.expires_after(accept_pause_time);
            co_await l->accept_pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        } else if (!l->acceptor.is_open()) {
            co_return;
        }
    }
    empty_backlog(l);
}

// Often enough that nobody overstays by more than a quarter of the shortest time allowed.
milliseconds sweep_interval(const limits& allowed) {
    const auto shortest =
        std::min({allowed.idle_timeout, allowed.header_timeout, allowed.body_timeout, allowed.write_timeout});
    return std::clamp(shortest / 4, milliseconds{5}, milliseconds{500});
}

awaitable<void> sweep_all(listener_ptr l) {
    const milliseconds interval = sweep_interval(l->options.limit);
    while (!l->is_draining || l->is_accepting || !l->connections.empty()) {
        error_code ec;
        l->sweep.expires_after(interval);
        co_await l->sweep.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        const auto now = steady_clock::now();
        for (connection& c : l->connections) {
            if (now < c.until) continue;
            c.is_cut = true;
            c.socket.cancel(ec);  // again at the next sweep, if an operation was just completing
        }
    }
}

void stop_accepting(listener& l) {
    error_code ignored;
    l.is_draining = true;
    l.acceptor.cancel(ignored);
    l.accept_pause.cancel();
}

void close_idle(listener& l) {
    error_code ignored;
    for (connection& c : l.connections) {
        if (c.now == connection::phase::idle) c.socket.cancel(ignored);
    }
}

void cancel_all(listener& l) {
    error_code ignored;
    l.is_closed = true;
    for (auto at = l.connections.begin(); at != l.connections.end();) {
        connection& c = *at++;  // cancelling may end the session, and erase it
        c.socket.close(ignored);
        c.stop.emit(asio::cancellation_type::terminal);
    }
}

awaitable<void> await_change(listener& l, steady_clock::time_point until) {
    error_code ignored;
    l.changed.expires_at(until);
    co_await l.changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

server::server(asio::any_io_executor worker, server_options options, router routes, metrics_registry& metrics)
    : listener_(
          std::make_shared<listener>(std::move(worker), std::move(options), std::move(routes), metrics)) {}

server::~server() {
    if (!listener_->is_busy()) return;
    // Posted, because a cancellation that is emitted from outside of the executor is itself posted there, and
    // could then come after its connection's end.
    asio::post(listener_->executor, [l = listener_] {
        stop_accepting(*l);
        l->sweep.cancel();
        cancel_all(*l);
    });
}

result<tcp::endpoint> server::listen(const tcp::endpoint& at, reuse_port share) {
    error_code ec;
    tcp::acceptor& a = listener_->acceptor;
    a.open(at.protocol(), ec);
    if (!ec) a.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && share == reuse_port::yes) {
        const int on = 1;
        if (::setsockopt(a.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
            ec = {errno, boost::system::system_category()};
        }
    }
    if (!ec) a.bind(at, ec);
    if (!ec) a.listen(backlog, ec);
    if (ec) return ec;
    return a.local_endpoint();
}

void server::start() {
    const auto over = [l = listener_](bool& flag, std::string_view event, const std::exception_ptr& failure) {
        log_failure(event, failure);
        flag = false;
        l->sweep.cancel();
        l->changed.cancel();
    };
    listener_->is_accepting = listener_->is_sweeping = true;
    asio::co_spawn(listener_->executor, accept_all(listener_),
                   [l = listener_, over](std::exception_ptr failure) {
                       over(l->is_accepting, "accept_loop_failed", failure);
                   });
    asio::co_spawn(
        listener_->executor, sweep_all(listener_),
        [l = listener_, over](std::exception_ptr failure) { over(l->is_sweeping, "sweep_failed", failure); });
}

awaitable<void> server::drain(deadline until) {
    const listener_ptr l = listener_;
    stop_accepting(*l);
    close_idle(*l);
    while (l->is_busy() && !until.passed()) {
        if (l->connections.empty()) l->sweep.cancel();
        co_await await_change(*l, until.at());
    }
    cancel_all(*l);
    while (l->is_busy()) {
        if (l->connections.empty()) l->sweep.cancel();
        co_await await_change(*l, steady_clock::time_point::max());
    }
}

void server::announce_drain() {
    listener_->is_announced = true;
}

std::size_t server::connections() const {
    return listener_->connections.size();
}

}  // namespace weir::http
