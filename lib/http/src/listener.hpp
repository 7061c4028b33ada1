// What the sessions of one server share, and what the server knows of each of them.
//
// Everything here is touched on one worker's executor only.
#pragma once

#include "weir/http/router.hpp"
#include "weir/http/server.hpp"

#include "access_log.hpp"
#include "http_date.hpp"
#include "message.hpp"
#include "output.hpp"
#include "request_metrics.hpp"
#include "tracing.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>

namespace weir::http {

// What a connection is waiting for. No operation has a timer of its own: the sweep looks at `until`, and
// cancels what is late. The session then tells by `is_cut` and its phase what that means.
struct connection {
    enum class phase { idle, head, body, answering, writing, closing };

    connection(boost::asio::ip::tcp::socket s, const limits& allowed) : socket(std::move(s)), in(allowed) {}

    void enter(phase next, milliseconds timeout) {
        now = next;
        until = steady_clock::now() + timeout;
        is_cut = false;
    }

    // The endpoint has a deadline of its own.
    void enter_answering() {
        now = phase::answering;
        until = steady_clock::time_point::max();
        is_cut = false;
    }

    boost::asio::ip::tcp::socket socket;
    message in;
    output out;
    response answer;
    boost::asio::cancellation_signal stop;
    phase now = phase::answering;
    steady_clock::time_point until = steady_clock::time_point::max();
    bool is_cut = false;
};

struct listener {
    listener(boost::asio::any_io_executor worker, server_options o, router r, metrics_registry& registry)
        : executor(worker),
          options(std::move(o)),
          routes(std::move(r)),
          metrics(registry, options.listener, routes),
          log(options.access_log_ratio),
          acceptor(worker),
          accept_pause(worker),
          sweep(worker),
          changed(worker) {}

    bool is_busy() const { return is_accepting || is_sweeping || !connections.empty(); }

    boost::asio::any_io_executor executor;
    server_options options;
    router routes;
    request_metrics metrics;
    access_log log;
    request_ids ids;
    http_date date;

    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer accept_pause;
    boost::asio::steady_timer sweep;
    boost::asio::steady_timer changed;  // cancelled whenever is_busy() may have changed
    std::list<connection> connections;
    bool is_announced = false;  // readyz says that a drain is coming
    bool is_draining = false;
    bool is_closed = false;  // the drain's deadline has passed: whoever still comes is not served
    bool is_accepting = false;
    bool is_sweeping = false;
};

}  // namespace weir::http
