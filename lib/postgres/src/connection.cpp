#include "weir/postgres/connection.hpp"

#include "resolve.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <libpq-fe.h>

#include <utility>

namespace weir::postgres {

namespace asio = boost::asio;
using asio::posix::descriptor_base;

namespace {

// Returns the number of notifications that the connection has read.
std::size_t take_notifications(pg_conn* from) {
    std::size_t count = 0;
    while (PGnotify* notice = PQnotifies(from)) {
        PQfreemem(notice);
        ++count;
    }
    return count;
}

}  // namespace

void connection::finish::operator()(pg_conn* handle) const {
    PQfinish(handle);
}
void connection::clear::operator()(pg_result* reply) const {
    PQclear(reply);
}

connection::connection(const asio::any_io_executor& executor) : descriptor_(executor), timer_(executor) {}

connection::~connection() {
    close();
}

// Releases the descriptor first: PQfinish closes the socket, which must not happen while Asio still watches
// it.
void connection::close() {
    release_descriptor();
    handle_.reset();
    prepared_.clear();
    is_busy_ = false;
}

void connection::release_descriptor() {
    if (descriptor_.is_open()) descriptor_.release();
}

void connection::cancel() {
    is_cancelled_ = true;
    timer_.cancel();
    if (descriptor_.is_open()) descriptor_.cancel();
}

awaitable<result<void>> connection::connect(conninfo to, deadline until) {
    close();
    to.set_default("fallback_application_name", "weir");
    to.set("client_encoding", "UTF8");
    to.set_default("gssencmode", "disable");  // "prefer" reads Kerberos caches from disk at every connect
    const auto resolved_to = co_await resolved(std::move(to), timer_, until);
    if (!resolved_to) co_return resolved_to.error();
    if (is_cancelled_) co_return errc::cancelled;

    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : resolved_to->parameters()) {
        keys.push_back(key.c_str());
        values.push_back(value.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    handle_.reset(PQconnectStartParams(keys.data(), values.data(), 0));
    if (!handle_ || PQstatus(handle_.get()) == CONNECTION_BAD) co_return lost();
    PQsetNoticeProcessor(
        handle_.get(), [](void*, const char*) {}, nullptr);  // the default prints to stderr
    const auto shaken = co_await handshake(until);
    if (!shaken) {
        close();
        co_return shaken.error();
    }
    co_return result<void>{};
}

// Connects step by step. At any step libpq may close its socket and open another (next address, no TLS after
// all), and the new one may get the number of the old. So Asio holds the descriptor only during a wait, never
// across a step.
awaitable<result<void>> connection::handshake(deadline until) {
    auto next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) co_return lost();
        descriptor_.assign(PQsocket(handle_.get()));
        const auto ready = co_await wait(next == PGRES_POLLING_READING ? wish::read : wish::write, until);
        release_descriptor();
        if (!ready) co_return ready.error();
        next = PQconnectPoll(handle_.get());
    }
    if (PQsetnonblocking(handle_.get(), 1) != 0) co_return lost();
    descriptor_.assign(PQsocket(handle_.get()));
    co_return result<void>{};
}

awaitable<result<void>> connection::wait(wish what, deadline until) {
    using asio::experimental::make_parallel_group;
    using asio::experimental::wait_for_one;
    if (is_cancelled_) co_return errc::cancelled;
    error_code failure;
    timer_.expires_at(until.at());
    if (what == wish::either) {
        auto [order, read, write, late] =
            co_await make_parallel_group(descriptor_.async_wait(descriptor_base::wait_read, asio::deferred),
                                         descriptor_.async_wait(descriptor_base::wait_write, asio::deferred),
                                         timer_.async_wait(asio::deferred))
                .async_wait(wait_for_one(), asio::use_awaitable);
        is_late_ = order[0] == 2;
        failure = order[0] == 0 ? read : write;
    } else {
        const auto side = what == wish::read ? descriptor_base::wait_read : descriptor_base::wait_write;
        auto [order, ready, late] = co_await make_parallel_group(descriptor_.async_wait(side, asio::deferred),
                                                                 timer_.async_wait(asio::deferred))
                                        .async_wait(wait_for_one(), asio::use_awaitable);
        is_late_ = order[0] == 1;
        failure = ready;
    }
    if (is_cancelled_) co_return errc::cancelled;
    if (is_late_) co_return errc::timeout;
    if (failure == asio::error::operation_aborted) co_return errc::cancelled;
    co_return result<void>{};  // libpq meets any other failure on the socket and tells more
}

bool connection::has_dropped() {
    if (!handle_) return true;
    if (PQstatus(handle_.get()) == CONNECTION_OK && PQsocket(handle_.get()) == descriptor_.native_handle()) {
        return false;
    }
    release_descriptor();
    return true;
}

errc connection::lost() {
    last_error_ = {};
    last_error_.message = handle_ ? PQerrorMessage(handle_.get()) : "out of memory";
    close();
    return errc::unavailable;
}

bool connection::is_in_transaction() const {
    return handle_ && PQtransactionStatus(handle_.get()) != PQTRANS_IDLE;
}

int connection::backend_pid() const {
    return handle_ ? PQbackendPID(handle_.get()) : 0;
}

void connection::watch(std::function<void()> handler) {
    descriptor_.async_wait(descriptor_base::wait_read, [handler = std::move(handler)](const error_code& ec) {
        if (!ec) handler();
    });
}

void connection::stop_watching() {
    if (descriptor_.is_open()) descriptor_.cancel();
}

bool connection::take_in() {
    if (!handle_) return false;
    const bool is_read = PQconsumeInput(handle_.get()) == 1;
    if (!has_dropped() && is_read) return true;
    lost();
    return false;
}

bool connection::still_there() {
    if (!take_in()) return false;
    take_notifications(handle_.get());
    return true;
}

// Takes first what came between the replies of earlier statements: no more data may follow to wake this
// coroutine.
awaitable<result<std::size_t>> connection::notifications(deadline until) {
    if (!is_open() || is_busy_) co_return errc::unavailable;
    for (;;) {
        const auto count = take_notifications(handle_.get());
        if (count > 0) co_return count;
        const auto ready = co_await wait(wish::read, until);
        const bool is_quiet = !ready && ready.error() == errc::timeout;
        if (is_quiet) co_return std::size_t{0};
        if (!ready) co_return ready.error();
        if (!take_in()) co_return errc::unavailable;
    }
}

}  // namespace weir::postgres
