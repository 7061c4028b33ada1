#include "worker.hpp"

#include "weir/async/task.hpp"
#include "weir/http/routes.hpp"

#include "parts.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace weir::app {
namespace {

namespace asio = boost::asio;
using config::settings;

// A worker reads, so it speaks only to a server that the relay has admitted.
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
      read_path_(context_.get_executor(), common.policy(), read_path_options(common.settings()), common.tiers,
                 l2_.get(), loader_),
      public_(context_.get_executor(), server_options(common.settings(), "public", common.workers),
              http::public_routes(common.policy(), read_path_, common.health,
                                  common.settings().reads.request_timeout, common.registry),
              common.registry) {}

worker::~worker() {
    join();
}

void worker::listen() {
    bind(context_, public_, shared_.settings().listen, http::reuse_port::yes);
}

void worker::run() {
    if (redis_) start(context_.get_executor(), "redis", redis_->run());
    public_.start();
    thread_ = std::thread([this] { context_.run(); });
}

void worker::announce_drain() {
    asio::post(context_, [this] { public_.announce_drain(); });
}

void worker::drain(deadline until) {
    start(context_.get_executor(), "drain", drain_and_stop(until));
}

// First nobody new, then what is in flight, then what that needed: also what other workers' requests wait for
// here, since a flight may have passengers from all of them. Nothing is left to wait for, so the thread ends.
awaitable<void> worker::drain_and_stop(deadline until) {
    public_.announce_drain();
    co_await public_.drain(until);
    shared_.drained.arrive();
    co_await shared_.drained.wait(deadline{until.at() + seconds{1}});
    pool_.stop();
    if (redis_) redis_->stop();
}

void worker::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace weir::app
