// What the connections of one server share.
//
// Everything here is touched on one worker's executor only.
#pragma once

#include "weir/http/router.hpp"
#include "weir/http/server.hpp"

#include "access_log.hpp"
#include "connection.hpp"
#include "http_date.hpp"
#include "poller.hpp"
#include "request_metrics.hpp"
#include "tracing.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <vector>

namespace weir::http {

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
          changed(worker),
          poll(worker) {}

    bool is_busy() const { return is_accepting || is_polling || is_sweeping || !connections.empty(); }

    boost::asio::any_io_executor executor;
    server_options options;
    router routes;
    request_metrics metrics;
    access_log log;
    request_ids ids;
    http_date date;
    moment now = moment::now();  // the monotonic clock is read after each receipt, the other once a batch

    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer accept_pause;
    boost::asio::steady_timer sweep;
    boost::asio::steady_timer changed;  // cancelled whenever is_busy() may have changed
    poller poll;
    std::vector<std::unique_ptr<workspace>> free_workspaces;
    std::list<connection> connections;
    bool is_accepting = false;
    bool is_polling = false;
    bool is_sweeping = false;
    bool is_announced = false;  // endpoints are told that a drain is coming
    bool is_draining = false;
    bool is_closed = false;  // the drain's deadline has passed: a connection that still comes is not served
};

}  // namespace weir::http
