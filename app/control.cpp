#include "control.hpp"

#include "weir/async/task.hpp"
#include "weir/http/routes.hpp"

#include "parts.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace weir::app {
namespace {

namespace asio = boost::asio;
using config::settings;

std::unique_ptr<fleet_side> make_fleet(shared& common, const asio::any_io_executor& executor,
                                       recent_invalidations& recent) {
    return common.settings().redis ? std::make_unique<fleet_side>(common, executor, recent) : nullptr;
}

// As long as any entry can live: what an old copy of Redis could bring back is not older.
milliseconds longest_life(const policy& declared) {
    milliseconds longest = seconds{60};
    for (const resource& r : declared.resources) longest = std::max(longest, life_max(r.ttl));
    return longest + seconds{60};
}

}  // namespace

fleet_side::fleet_side(shared& common, const asio::any_io_executor& executor, recent_invalidations& recent)
    : commands(redis::open_keyspace(executor, redis_options(*common.settings().redis))),
      messages(executor, redis_options(*common.settings().redis)),
      l2(*commands),
      transport(*commands, messages, common.policy().key_head()),
      announcements(
          executor,
          {.lease = common.settings().bus.lease, .command_timeout = common.settings().bus.lease / 4},
          transport, common.heard, common.first.get(), common.registry, &recent) {}

control::control(shared& common)
    : shared_(common),
      fleet_(make_fleet(common, context_.get_executor(), recent_)),
      pool_(context_.get_executor(), pool_options(common.settings(), control_connections)),
      write_store_(pool_),
      outbox_(pool_),
      deletes_(common.policy(),
               {.heard = common.heard,
                .first = common.first.get(),
                .second = fleet_ ? &fleet_->l2 : nullptr,
                .fleet = fleet_ ? &fleet_->announcements : nullptr,
                .recent = &recent_},
               l2_timeout(common.settings()), common.registry),
      writes_(context_.get_executor(), deletes_, write_store_),
      relay_(context_.get_executor(),
             {.poll_interval = common.settings().relay.poll_interval,
              .batch_max = common.settings().relay.batch_max,
              .retention = longest_life(common.policy())},
             outbox_, deletes_, common.admitted, common.registry),
      wake_up_(context_.get_executor(),
               {.to = postgres_address(common.settings()),
                .connect_timeout = common.settings().postgres.connect_timeout},
               [this] { relay_.wake(); }),
      triggers_(context_.get_executor(), pool_, common.policy()),
      explains_(common.policy(), common.heard, common.first.get(), fleet_ ? &fleet_->l2 : nullptr, recent_,
                l2_timeout(common.settings())),
      audit_loader_(pool_),
      audits_(
          context_.get_executor(), {}, common.policy(), recent_, explains_, audit_loader_,
          [this] { return has_no_time_for_audits(); }, common.registry),
      server_(context_.get_executor(), server_options(common.settings(), "admin", 1),
              http::admin_routes(common.policy(), writes_, explains_, common.settings().admin_token,
                                 common.health, common.metrics_text, common.settings().reads.request_timeout),
              common.registry) {
    common.admitted.when_asked([this] { asio::post(context_, [this] { relay_.wake(); }); });
}

control::~control() {
    join();
}

void control::listen() {
    bind(context_, server_, shared_.settings().admin_listen, http::reuse_port::no);
}

void control::run() {
    const auto executor = context_.get_executor();
    if (fleet_) {
        start(executor, "redis", fleet_->commands->run());
        start(executor, "bus", take_part());
    }
    start(executor, "relay", relay_.run());
    start(executor, "wake_up", wake_up_.run());
    start(executor, "triggers", triggers_.run());
    start(executor, "auditor", audits_.run());
    server_.start();
    thread_ = std::thread([this] { context_.run(); });
}

// Writes and the relay come first. And a Redis that is not admitted yet may hold what nobody is served.
bool control::has_no_time_for_audits() const {
    const auto& stats = pool_.stats();
    const bool is_busy = stats.waiting > 0 || stats.in_use + 1 >= control_connections;
    return is_busy || !shared_.admitted.asked().empty();
}

awaitable<void> control::take_part() {
    co_await fleet_->announcements.run();
    left_the_bus_.set();
}

void control::announce_drain() {
    asio::post(context_, [this] { server_.announce_drain(); });
}

void control::drain(deadline until) {
    start(context_.get_executor(), "drain", drain_and_stop(until));
}

// As a worker's, and then the bus is left in order, so that no writer waits for the lease of a node that is
// gone.
awaitable<void> control::drain_and_stop(deadline until) {
    server_.announce_drain();
    co_await server_.drain(until);
    shared_.drained.arrive();
    const deadline last{until.at() + seconds{1}};
    co_await shared_.drained.wait(last);
    audits_.stop();
    triggers_.stop();
    wake_up_.stop();
    relay_.stop();
    if (fleet_) {
        fleet_->announcements.stop();
        co_await left_the_bus_.wait(last);
        fleet_->commands->stop();
    }
    pool_.stop();
}

void control::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace weir::app
