#include "worker.hpp"

#include "weir/api/routes.hpp"
#include "weir/async/task.hpp"

#include "parts.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace weir::app {
namespace {

namespace asio = boost::asio;
using config::settings;

// Opens the worker's connection to Redis. A worker reads, so it uses only a server that the relay has
// admitted.
std::unique_ptr<redis::keyspace> make_redis(shared& common, const asio::any_io_executor& executor) {
    const settings& s = common.settings();
    if (!s.redis) return nullptr;
    return redis::open_keyspace(
        executor, redis_options(*s.redis),
        [&common](std::string identity, deadline d) { return common.admitted.wait(std::move(identity), d); });
}

read_options read_path_options(const settings& s) {
    return {.l2_timeout = l2_timeout(s),
            .load_timeout = s.postgres.query_timeout,
            .lease_ttl = s.reads.lease_ttl,
            .lease_wait = s.reads.lease_wait,
            .l1_ttl_max = s.l1.ttl_max};
}

}  // namespace

worker::worker(shared& common)
    : shared_(common),
      redis_(make_redis(common, context_.get_executor())),
      l2_(redis_ ? std::make_unique<redis_l2>(*redis_) : nullptr),
      pool_(context_.get_executor(),
            pool_options(common.settings(), share(load_connections(common.settings()), common.workers))),
      loader_(pool_),
      read_path_(context_.get_executor(), common.policy.current()->key_head(),
                 read_path_options(common.settings()), common.tiers, l2_.get(), loader_),
      public_(context_.get_executor(), server_options(common.settings(), "public", common.workers),
              api::public_routes(common.policy.current(), read_path_, common.health,
                                 common.settings().reads.request_timeout, common.registry),
              common.registry),
      tasks_(context_.get_executor()) {}

worker::~worker() {
    join();
}

void worker::listen() {
    bind(context_, public_, shared_.settings().listen, http::reuse_port::yes);
}

void worker::run() {
    if (redis_) {
        tasks_.add(
            "redis", [this] { return redis_->run(); }, [this] { redis_->stop(); });
    }
    public_.start();
    thread_ = std::thread([this] { context_.run(); });
}

void worker::announce_drain() {
    asio::post(context_, [this] { public_.announce_drain(); });
}

void worker::drain(deadline until) {
    start(context_.get_executor(), "drain", drain_and_stop(until));
}

// Stops accepting, then answers what is in flight, then stops what the answers needed. Requests of other
// workers may wait for a flight of this one, so it waits until all workers are drained. Then nothing is left
// to wait for, and the thread ends.
awaitable<void> worker::drain_and_stop(deadline until) {
    public_.announce_drain();
    co_await public_.drain(until);
    shared_.drained.arrive();
    const deadline last{until.at() + seconds{1}};
    co_await shared_.drained.wait(last);
    pool_.stop();
    co_await tasks_.stop(last);
}

void worker::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace weir::app
