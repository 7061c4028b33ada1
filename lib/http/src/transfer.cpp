#include "transfer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cassert>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using phase = connection::phase;

constexpr milliseconds linger_timeout{1000};
constexpr std::size_t linger_bytes_max = 256 * 1024;

// Waits until the poller, the sweep or the drain's deadline wakes the session.
awaitable<void> sleep(connection& c, listener& l) {
    assert(c.sleeper == nullptr);
    asio::steady_timer woken(l.executor, steady_clock::time_point::max());
    error_code ignored;
    c.sleeper = &woken;
    co_await woken.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    c.sleeper = nullptr;
    l.now = moment::now();
}

// Lets the other connections run: a client that sends faster than it is read would keep its worker busy
// alone.
awaitable<void> let_others(listener& l) {
    co_await asio::post(l.executor, asio::use_awaitable);
}

// Sets the time limit of what is awaited. A head's time begins with its first byte, a body's when it is
// routed.
void keep_time(connection& c, const listener_limits& allowed) {
    if (c.work->at != stage::head || c.now == phase::head) return;
    c.enter(phase::head, steady_clock::now() + allowed.header_timeout);
}

// Calls recv() until it is not interrupted, and notes what it says of the socket.
ssize_t take(connection& c, std::span<char> into) {
    ssize_t bytes = 0;
    do {
        bytes = ::recv(c.socket, into.data(), into.size(), 0);
    } while (bytes < 0 && errno == EINTR);
    const bool is_empty = bytes < 0 || static_cast<std::size_t>(bytes) < into.size();
    c.is_readable = !is_empty || c.has_ended;
    return bytes;
}

// Sends the pieces. A single piece is sent without a list, which costs the kernel less.
ssize_t send_some(int socket, const std::vector<iovec>& pieces) {
    if (pieces.size() == 1) {
        return ::send(socket, pieces.front().iov_base, pieces.front().iov_len, MSG_NOSIGNAL);
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

void connection::close() {
    if (socket >= 0) ::close(std::exchange(socket, -1));
}

arrival receive(connection& c, listener& l) {
    const ssize_t bytes = take(c, c.work->in.space());
    if (bytes < 0) return would_block() ? arrival::none_yet : arrival::nothing;
    if (bytes == 0) return arrival::nothing;
    c.work->in.received(static_cast<std::size_t>(bytes));
    l.now.steady = steady_clock::now();
    return arrival::bytes;
}

awaitable<arrival> read_some(connection& c, listener& l) {
    while (true) {
        const arrival got = c.is_readable ? receive(c, l) : arrival::none_yet;
        if (got == arrival::bytes && c.is_readable) co_await let_others(l);
        if (got != arrival::none_yet || c.work->is_between_requests()) co_return got;
        keep_time(c, l.options.limit);
        if (c.is_cut) co_return arrival::too_slow;
        co_await sleep(c, l);
    }
}

sending send(connection& c) {
    output& out = c.work->out;
    while (!out.is_empty()) {
        const ssize_t bytes = send_some(c.socket, out.buffers());
        if (bytes >= 0) {
            out.written(static_cast<std::size_t>(bytes));
        } else if (errno != EINTR) {
            return would_block() ? sending::blocked : sending::failed;
        }
    }
    return sending::done;
}

awaitable<bool> write_out(connection& c, listener& l) {
    const phase before = c.now;
    const auto due = c.until;
    sending how = send(c);
    std::size_t left = SIZE_MAX;
    while (how == sending::blocked) {
        if (c.work->out.waiting() < left) {  // progress
            left = c.work->out.waiting();
            c.enter(phase::writing, steady_clock::now() + l.options.limit.write_timeout);
        }
        co_await sleep(c, l);
        if (c.is_cut) co_return false;
        how = send(c);
    }
    if (c.now == phase::writing) c.enter(before, due);
    co_return how == sending::done;
}

awaitable<void> lingering_close(connection& c, listener& l) {
    ::shutdown(c.socket, SHUT_WR);
    c.enter(phase::closing, steady_clock::now() + linger_timeout);
    std::array<char, 1024> dropped;
    for (std::size_t bytes = 0; bytes < linger_bytes_max && !c.is_cut;) {
        const ssize_t more = take(c, dropped);
        if (more == 0 || (more < 0 && !would_block())) co_return;
        if (more > 0) bytes += static_cast<std::size_t>(more);
        if (more < 0) co_await sleep(c, l);
    }
}

}  // namespace weir::http
