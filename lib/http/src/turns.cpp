#include "turns.hpp"

#include "weir/base/log.hpp"

#include "answering.hpp"
#include "session.hpp"
#include "transfer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <utility>

namespace weir::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t free_desks_max = 64;

// A desk that another connection has left, or a new one.
std::unique_ptr<desk> take_desk(listener& l) {
    if (l.free_desks.empty()) return std::make_unique<desk>(l.options.limit);
    auto taken = std::move(l.free_desks.back());
    l.free_desks.pop_back();
    return taken;
}

// Until its next request, which during a drain nobody waits for.
void rest(listener& l, connection& c) {
    if (l.free_desks.size() < free_desks_max) {
        c.at->clear();
        l.free_desks.push_back(std::move(c.at));
    }
    c.at.reset();
    if (l.is_draining) return close(l, c);
    c.enter(connection::phase::idle, l.now.steady + l.options.limit.idle_timeout);
    if (c.is_readable) l.poll.remind(c.socket, &c);
}

awaitable<bool> run_session(listener_ptr l, connection& c) {
    const bool is_kept = co_await serve(c, *l);
    co_return is_kept && !l->is_closed;
}

void start_session(const listener_ptr& l, connection& c) {
    asio::co_spawn(
        l->executor, run_session(l, c),
        asio::bind_cancellation_slot(c.stop.slot(), [l, &c](std::exception_ptr failure, bool is_kept) {
            log_failure("session_failed", failure);
            if (is_kept && !failure) {
                rest(*l, c);
            } else {
                close(*l, c);
            }
        }));
}

}  // namespace

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

void close(listener& l, connection& c) {
    l.connections.erase(c.self);
    l.metrics.disconnected();
    l.changed.cancel();
}

// Nearly always what has come is a request which L1 answers: then this is all that happens. One read a turn,
// so that a client which never pauses leaves turns for the others.
void take_turn(const listener_ptr& l, connection& c) {
    c.at = take_desk(*l);
    const arrival got = receive(c, *l);
    if (got == arrival::nothing) return close(*l, c);
    if (got == arrival::bytes) {
        go_on(c, *l);
        const bool is_sent = c.at->due != next::close && send(c) == sending::done;
        if (!is_sent || c.at->due != next::read || !is_between_requests(c)) return start_session(l, c);
    }
    rest(*l, c);
}

void be_told(const listener_ptr& l, const epoll_event& e) {
    auto& c = *static_cast<connection*>(e.data.ptr);
    c.is_readable = c.is_readable || (e.events & ~EPOLLOUT) != 0;
    c.has_ended = c.has_ended || (e.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (c.at) {
        c.wake();
    } else if (c.is_readable) {
        take_turn(l, c);
    }
}

}  // namespace weir::http
