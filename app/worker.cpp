#include "worker.hpp"

#include "weir/async/task.hpp"
#include "weir/http/routes.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace weir::app {
namespace {

namespace asio = boost::asio;
using config::settings;

// This worker's part of a number that the file gives for the whole process; never zero.
std::size_t share(std::size_t total, std::size_t workers) {
    return std::max<std::size_t>(1, total / workers);
}

// Of the connections that the file grants, what is left for this worker's loads.
std::size_t load_connections(const shared& common) {
    return share(common.settings().postgres.connections - admin_connections, common.workers);
}

// As many places in the queue as the connections behind it are of all.
std::size_t queue_share(const settings& s, std::size_t connections) {
    return std::max<std::size_t>(1, s.postgres.queue_max * connections / s.postgres.connections);
}

std::unique_ptr<redis::client> make_redis(const settings& s, const asio::any_io_executor& executor) {
    if (!s.redis) return nullptr;
    auto parsed = redis::parse_url(s.redis->url);
    if (const auto* refused = std::get_if<redis::url_refusal>(&parsed)) {
        throw std::runtime_error("[redis] url: " + refused->why);
    }
    auto& options = std::get<redis::options>(parsed);
    options.connect_timeout = s.redis->connect_timeout;
    options.pending_max = s.redis->pending_max;
    return std::make_unique<redis::client>(executor, std::move(options));
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

read_options read_path_options(const shared& common) {
    const settings& s = common.settings();
    return {.key_head = common.policy().key_head(),
            .l2_timeout = l2_timeout(s),
            .load_timeout = s.postgres.query_timeout,
            .lease_ttl = s.reads.lease_ttl,
            .lease_wait = s.reads.lease_wait};
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

void bind(asio::io_context& context, http::server& server, const config::endpoint& at,
          http::reuse_port reuse) {
    const auto bound = server.listen(resolve(context, at), reuse);
    if (bound) return;
    throw std::runtime_error("cannot listen on " + at.host + ":" + std::to_string(at.port) + ": " +
                             bound.error().message() + "; stop what listens there or choose another address");
}

}  // namespace

admin_side::admin_side(shared& common, const asio::any_io_executor& executor, l2_store* l2)
    : pool(executor, pool_options(common.settings(), admin_connections)),
      write_store(pool),
      deletes(common.policy(), l2, l2_timeout(common.settings()), common.registry),
      writes(deletes, write_store),
      outbox(pool),
      carrier(executor,
              {.poll_interval = common.settings().relay.poll_interval,
               .batch_max = common.settings().relay.batch_max},
              outbox, deletes, common.registry),
      server(executor, server_options(common.settings(), "admin", 1),
             http::admin_routes(common.policy(), writes, common.settings().admin_token, common.health,
                                common.metrics_text, common.settings().reads.request_timeout),
             common.registry) {}

worker::worker(shared& common, std::size_t index)
    : shared_(common),
      redis_(make_redis(common.settings(), context_.get_executor())),
      l2_(redis_ ? std::make_unique<redis_l2>(*redis_) : nullptr),
      pool_(context_.get_executor(), pool_options(common.settings(), load_connections(common))),
      loader_(pool_),
      read_path_(context_.get_executor(), read_path_options(common), common.in_flight, l2_.get(), loader_,
                 common.absences, common.read_counts),
      admin_(index == 0 ? std::make_unique<admin_side>(common, context_.get_executor(), l2_.get()) : nullptr),
      public_(context_.get_executor(), server_options(common.settings(), "public", common.workers),
              http::public_routes(common.policy(), read_path_, common.health,
                                  common.settings().reads.request_timeout, common.registry),
              common.registry) {}

worker::~worker() {
    join();
}

void worker::listen() {
    bind(context_, public_, shared_.settings().listen, http::reuse_port::yes);
    if (admin_) bind(context_, admin_->server, shared_.settings().admin_listen, http::reuse_port::no);
}

void worker::run() {
    if (redis_) start(context_.get_executor(), "redis", redis_->run());
    if (admin_) start(context_.get_executor(), "relay", admin_->carrier.run());
    public_.start();
    if (admin_) admin_->server.start();
    thread_ = std::thread([this] { context_.run(); });
}

void worker::drain(deadline until) {
    start(context_.get_executor(), "drain", drain_and_stop(until));
}

// First nobody new, then what is in flight, then what that needed: also what other workers' requests wait for
// here, since a flight may have passengers from all of them. Nothing is left to wait for, so the thread ends.
awaitable<void> worker::drain_and_stop(deadline until) {
    co_await drain_servers(until);
    shared_.drained.arrive();
    co_await shared_.drained.wait(deadline{until.at() + seconds{1}});
    if (admin_) {
        admin_->carrier.stop();
        admin_->pool.stop();
    }
    pool_.stop();
    if (redis_) redis_->stop();
}

awaitable<void> worker::drain_servers(deadline until) {
    public_.announce_drain();
    if (admin_) admin_->server.announce_drain();
    co_await public_.drain(until);
    if (admin_) co_await admin_->server.drain(until);
}

void worker::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace weir::app
