// One listener on one worker: accepts connections and serves them with a router.
//
//     http::server s(worker.get_executor(), {.listener = "public"}, router(…), registry);
//     const auto bound = s.listen(endpoint, reuse_port::yes);   // start every worker's before serving
//     s.start();
//     …
//     co_await s.drain(deadline::in(10s));                      // on the worker; then destroy s
//
// Owned by the service, used only on its worker's executor (an io_context run by one thread). A connection
// never leaves its thread. After drain() nothing of the server runs any more. If the server is destroyed
// without it, everything is cancelled, and what the router's gates and endpoints refer to must stay valid
// until the io_context has run dry or is destroyed.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/base/error.hpp"
#include "weir/base/time.hpp"
#include "weir/http/listener_limits.hpp"
#include "weir/http/router.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace weir {
class metrics_registry;
}

namespace weir::http {

struct listener;

enum class reuse_port { no, yes };

struct server_options {
    std::string listener = "public";  // label in metrics and logs
    listener_limits limit = {};
    double access_log_ratio = 1.0;  // the share of requests that get an access line, evenly spread
};

class server {
 public:
    // Counts weir_http_requests_total{listener,route,code}, weir_http_request_seconds{listener,route} and
    // weir_http_connections{listener} in `metrics`, which servers of several workers share.
    server(boost::asio::any_io_executor worker, server_options options, router routes,
           metrics_registry& metrics);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Binds and listens. Returns the bound endpoint, whose port is the chosen one if 0 was asked for. With
    // reuse_port::yes the servers of several workers share one port, and the kernel spreads connections over
    // them.
    result<boost::asio::ip::tcp::endpoint> listen(const boost::asio::ip::tcp::endpoint& at, reuse_port share);

    // Begins to accept. Returns at once.
    void start();

    // Stops accepting and closes idle connections at once. Requests in flight, also half received ones, are
    // answered with `Connection: close`. What is not over at the deadline is cancelled. Completes when no
    // connection is left.
    awaitable<void> drain(deadline until);

    // Tells endpoints from now on that a drain is coming (call::is_draining), while everything is still
    // served. So readiness can fail, and load balancers turn away, before drain() refuses connections.
    void announce_drain();

    std::size_t connections() const;

 private:
    std::shared_ptr<listener>
        listener_;  // shared with its sessions, whose frames may be destroyed after this
};

}  // namespace weir::http
