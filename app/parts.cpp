#include "parts.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace weir::app {
namespace {

namespace asio = boost::asio;
using config::settings;

// Returns a pool's share of the queue, in proportion to its connections.
std::size_t queue_share(const settings& s, std::size_t connections) {
    return std::max<std::size_t>(1, s.postgres.queue_max * connections / s.postgres.connections);
}

asio::ip::tcp::endpoint resolve(asio::io_context& context, const config::endpoint& at) {
    boost::system::error_code failure;
    asio::ip::tcp::resolver resolver(context);
    const auto found =
        resolver.resolve(at.host, std::to_string(at.port), asio::ip::tcp::resolver::passive, failure);
    if (failure || found.empty()) {
        throw std::runtime_error("cannot resolve the listen address " + at.host + ": " + failure.message());
    }
    return found.begin()->endpoint();
}

}  // namespace

std::size_t share(std::size_t total, std::size_t parts) {
    return std::max<std::size_t>(1, total / parts);
}

redis::options redis_options(const config::redis_settings& s) {
    auto parsed = redis::parse_url(s.url);
    if (const auto* refused = std::get_if<redis::url_error>(&parsed)) {
        throw std::runtime_error("[redis] url: " + refused->why);
    }
    auto& options = std::get<redis::options>(parsed);
    options.connect_timeout = s.connect_timeout;
    options.pending_max = s.pending_max;
    return std::move(options);
}

postgres::conninfo postgres_address(const settings& s) {
    try {
        return postgres::conninfo::parse(s.postgres.url);
    } catch (const std::invalid_argument& e) {
        throw std::runtime_error(std::string{"[postgres] url: "} + e.what());
    }
}

postgres::pool_options pool_options(const settings& s, std::size_t connections) {
    return {.to = postgres_address(s),
            .size = connections,
            .queue_max = queue_share(s, connections),
            .connect_timeout = s.postgres.connect_timeout,
            .statement_timeout = s.reads.request_timeout + s.postgres.query_timeout};
}

milliseconds l2_timeout(const settings& s) {
    return s.redis ? s.redis->command_timeout : milliseconds{0};
}

http::server_options server_options(const settings& s, std::string listener, std::size_t workers) {
    return {.listener = std::move(listener),
            .limit = {.header_bytes_max = s.http.header_bytes_max,
                      .target_bytes_max = s.http.target_bytes_max,
                      .body_bytes_max = s.http.body_bytes_max,
                      .connections_max = share(s.http.connections_max, workers),
                      .idle_timeout = s.http.idle_timeout,
                      .header_timeout = s.http.header_timeout,
                      .body_timeout = s.http.body_timeout,
                      .write_timeout = s.http.write_timeout},
            .access_log_ratio = s.log.access_sample};
}

void bind(asio::io_context& context, http::server& server, const config::endpoint& at,
          http::reuse_port reuse) {
    const auto bound = server.listen(resolve(context, at), reuse);
    if (bound) return;
    throw std::runtime_error("cannot listen on " + at.host + ":" + std::to_string(at.port) + ": " +
                             bound.error().message() + "; stop what listens there or choose another address");
}

}  // namespace weir::app
