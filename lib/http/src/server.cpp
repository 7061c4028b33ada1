#include "weir/http/server.hpp"

#include "weir/base/log.hpp"

#include "session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int backlog = 4096;                   // the kernel cuts it to its own limit
constexpr milliseconds accept_pause_time{100};  // when the process is out of descriptors

constexpr std::string_view full =
    "HTTP/1.1 503 Service Unavailable\r\nServer: weir\r\nRetry-After: 1\r\nCache-Control: no-store\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";

bool is_needed(const listener& l) {
    return !l.is_draining || l.is_accepting || !l.connections.empty();
}

awaitable<void> poll_all(listener_ptr l) {
    while (is_needed(*l)) {
        co_await l->poll.wait();
        l->now.unix = unix_now();
        for (const epoll_event& e : l->poll.take()) on_event(l, e);
    }
}

// Answers a connection beyond the limit, if the socket takes the answer at once, and closes it.
void turn_away(listener& l, int socket) {
    std::array<char, 4096> unread;
    ::recv(socket, unread.data(), unread.size(), 0);  // closing on unread bytes would reset the connection
    ::send(socket, full.data(), full.size(), MSG_NOSIGNAL);
    ::shutdown(socket, SHUT_WR);
    ::close(socket);
    l.metrics.answered(nullptr, 503, steady_clock::duration::zero());
}

void admit(listener& l, int socket) {
    if (l.is_closed) {
        ::close(socket);
        return;
    }
    if (l.connections.size() >= l.options.limit.connections_max) return turn_away(l, socket);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection& c = l.connections.emplace_back(socket);
    c.self = std::prev(l.connections.end());
    c.enter(connection::phase::idle, steady_clock::now() + l.options.limit.idle_timeout);
    l.metrics.connected();
    if (!l.poll.watch(socket, &c)) close(l, c);
}

// Accepts every pending connection.
error_code accept_some(listener& l) {
    while (true) {
        const int socket =
            ::accept4(l.acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return {errno, boost::system::system_category()};
        admit(l, socket);
    }
}

bool is_out_of_descriptors(const error_code& ec) {
    return ec == boost::system::errc::too_many_files_open ||
           ec == boost::system::errc::too_many_files_open_in_system ||
           ec == boost::system::errc::not_enough_memory || ec == boost::system::errc::no_buffer_space;
}

awaitable<void> accept_all(listener_ptr l) {
    error_code ec;
    while (!l->is_draining) {
        co_await l->acceptor.async_wait(tcp::acceptor::wait_read,
                                        asio::redirect_error(asio::use_awaitable, ec));
        if (l->is_draining || !l->acceptor.is_open()) break;
        const error_code why = accept_some(*l);
        if (!is_out_of_descriptors(why)) continue;
        log::error("accept_failed", {{"listener", l->options.listener}, {"why", why.message()}});
        l->accept_pause.expires_after(accept_pause_time);
        co_await l->accept_pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    // Connections that the kernel has accepted already are served; the others are refused.
    accept_some(*l);
    l->acceptor.close(ec);
}

// Returns an interval at which no connection overstays by more than a quarter of the shortest time allowed.
milliseconds sweep_interval(const listener_limits& allowed) {
    const auto shortest =
        std::min({allowed.idle_timeout, allowed.header_timeout, allowed.body_timeout, allowed.write_timeout});
    return std::clamp(shortest / 4, milliseconds{5}, milliseconds{500});
}

void cut_late(listener& l, steady_clock::time_point now) {
    for (auto at = l.connections.begin(); at != l.connections.end();) {
        connection& c = *at++;
        if (now < c.until) continue;
        c.is_cut = true;
        c.work ? c.wake() : close(l, c);
    }
}

awaitable<void> sweep_all(listener_ptr l) {
    const milliseconds interval = sweep_interval(l->options.limit);
    while (is_needed(*l)) {
        error_code ec;
        l->sweep.expires_after(interval);
        co_await l->sweep.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        cut_late(*l, steady_clock::now());
    }
}

// Wakes the loops, which end if there is nothing left to do.
void end_loops(listener& l) {
    l.sweep.cancel();
    l.poll.cancel();
}

void stop_accepting(listener& l) {
    error_code ignored;
    l.is_draining = true;
    l.acceptor.cancel(ignored);
    l.accept_pause.cancel();
}

// Closes idle connections. A request may have come just before the drain: it is still answered.
void close_idle(const listener_ptr& l) {
    for (auto at = l->connections.begin(); at != l->connections.end();) {
        connection& c = *at++;
        if (c.work) continue;
        c.is_readable = true;
        on_readable(l, c);
    }
}

void cancel_all(listener& l) {
    l.is_closed = true;
    for (auto at = l.connections.begin(); at != l.connections.end();) {
        connection& c = *at++;  // cancelling may end the session, and erase it
        if (!c.work) {
            close(l, c);
            continue;
        }
        c.close();
        c.wake();
        c.stop.emit(asio::cancellation_type::terminal);
    }
}

void run_loop(const listener_ptr& l, bool& is_running, std::string_view failed, awaitable<void> loop) {
    is_running = true;
    asio::co_spawn(l->executor, std::move(loop), [l, &is_running, failed](std::exception_ptr failure) {
        log_failure(failed, failure);
        is_running = false;
        end_loops(*l);
        l->changed.cancel();
    });
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
        end_loops(*l);
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
    if (!ec) a.non_blocking(true, ec);  // Asio does it for accepts of its own only
    if (!ec) a.listen(backlog, ec);
    if (ec) return ec;
    return a.local_endpoint();
}

void server::start() {
    const listener_ptr l = listener_;
    run_loop(l, l->is_accepting, "accept_loop_failed", accept_all(l));
    run_loop(l, l->is_polling, "poll_failed", poll_all(l));
    run_loop(l, l->is_sweeping, "sweep_failed", sweep_all(l));
}

awaitable<void> server::drain(deadline until) {
    const listener_ptr l = listener_;
    stop_accepting(*l);
    close_idle(l);
    while (l->is_busy() && !until.passed()) {
        if (l->connections.empty()) end_loops(*l);
        co_await await_change(*l, until.at());
    }
    cancel_all(*l);
    while (l->is_busy()) {
        if (l->connections.empty()) end_loops(*l);
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
