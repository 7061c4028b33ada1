#include "control.hpp"

#include "weir/api/routes.hpp"
#include "weir/async/task.hpp"

#include "parts.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace weir::app {
namespace {

namespace asio = boost::asio;

std::unique_ptr<fleet_side> make_fleet(shared& common, const asio::any_io_executor& executor,
                                       recent_invalidations& recent) {
    return common.settings().redis ? std::make_unique<fleet_side>(common, executor, recent) : nullptr;
}

// How long the loops that use Postgres may take to end by themselves. Then their statements are cancelled.
constexpr milliseconds loops_end_within{500};

// How long a renewal of the registration may take. Shorter than the node's trust in the one before.
constexpr milliseconds registration_timeout{1000};

// Returns the options of the pool that keeps the registration. A statement that is given up on takes its only
// connection until the server has ended it, so the server ends it as soon.
postgres::pool_options registration_options(const config::settings& s) {
    auto options = pool_options(s, registration_connections);
    options.statement_timeout = registration_timeout;
    return options;
}

// Returns the steps: L2 first, then every node. Without Redis this node is the only one.
std::vector<invalidation_step*> steps_of(fleet_side* fleet, local_step& here) {
    if (fleet == nullptr) return {&here};
    return {&fleet->in_l2, &fleet->on_every_node};
}

// Returns how often an audit begins, and how long an invalidation may take at most: a write that bypasses
// Weir may be found only when the relay looks.
auditor_options auditor_options_of(const config::settings& s) {
    auditor_options out;
    const double rate = s.audit.rate;
    constexpr double interval_max = 86'400'000;
    if (rate > 0) {
        out.interval =
            milliseconds{static_cast<milliseconds::rep>(std::clamp(1000 / rate, 1.0, interval_max))};
    }
    out.patience = std::max({out.patience, s.bus.lease, 2 * s.relay.poll_interval});
    out.runs_on = pool_options(s, control_connections).statement_timeout;
    return out;
}

// Returns the steps that suffice while no node of this consumer can hold anything.
std::vector<invalidation_step*> first_steps_of(fleet_side* fleet, local_step& here) {
    if (fleet == nullptr) return {&here};
    return {&fleet->in_l2, &here};
}

// Returns the longest time that any entry can live: nothing that an old copy of Redis brings back is older.
milliseconds longest_life(const policy& declared) {
    milliseconds longest = seconds{60};
    for (const resource& r : declared.resources) {
        if (r.cached) longest = std::max(longest, life_max(r.cached->ttl));
    }
    return longest + seconds{60};
}

}  // namespace

fleet_side::fleet_side(shared& common, const asio::any_io_executor& executor, recent_invalidations& recent)
    : commands(redis::open_keyspace(executor, redis_options(*common.settings().redis))),
      messages(executor, redis_options(*common.settings().redis)),
      l2(*commands),
      nonce(*commands, common.policy.current()->key_head()),
      transport(*commands, messages, common.policy.current()->key_head(),
                redis_options(*common.settings().redis).db),
      announcements(
          executor,
          {.lease = common.settings().bus.lease, .command_timeout = common.settings().bus.lease / 4},
          transport, common.coherence, common.l1.get(), common.registry, &recent),
      in_l2(l2, l2_timeout(common.settings())),
      on_every_node(announcements),
      tasks(executor) {}

void fleet_side::start() {
    tasks.add(
        "redis", [this] { return commands->run(); }, [this] { commands->stop(); });
    tasks.add(
        "bus", [this] { return announcements.run(); }, [this] { announcements.stop(); });
}

control::control(shared& common)
    : shared_(common),
      fleet_(make_fleet(common, context_.get_executor(), recent_)),
      pool_(context_.get_executor(), pool_options(common.settings(), control_connections)),
      registrations_(context_.get_executor(), registration_options(common.settings())),
      write_store_(pool_, registered_),
      outbox_(pool_, registrations_, registered_),
      here_(common.coherence, common.l1.get(), &recent_),
      through_(pool_, registered_),
      invalidation_(common.policy, steps_of(fleet_.get(), here_), here_, common.registry, &through_),
      consumer_(context_.get_executor(),
                {.call_timeout = registration_timeout, .retention = longest_life(*common.policy.current())},
                {.declared = common.policy,
                 .outbox = outbox_,
                 .where = fleet_ ? &fleet_->nonce : nullptr,
                 .first_steps = first_steps_of(fleet_.get(), here_),
                 .follows = invalidation_,
                 .servers = common.admitted,
                 .coherence = common.coherence},
                common.registry),
      others_(context_.get_executor(), common.settings().bus.lease, write_store_, consumer_, common.registry),
      writes_(context_.get_executor(), invalidation_, write_store_, &others_),
      relay_(context_.get_executor(),
             {.poll_interval = common.settings().relay.poll_interval,
              .batch_max = common.settings().relay.batch_max,
              .retention = longest_life(*common.policy.current())},
             outbox_, invalidation_, common.admitted, common.registry, &consumer_),
      wake_up_(context_.get_executor(),
               {.to = postgres_address(common.settings()),
                .connect_timeout = common.settings().postgres.connect_timeout},
               [this] { relay_.wake(); }),
      triggers_(context_.get_executor(), pool_, common.policy),
      tables_(context_.get_executor(), common.settings().audit.triggers_interval, pool_, common.policy,
              invalidation_, recent_, common.registry),
      declarations_(context_.get_executor(), postgres_address(common.settings()), common.policy),
      explains_(common.policy.current()->key_head(), common.coherence, common.l1.get(),
                fleet_ ? &fleet_->l2 : nullptr, recent_, l2_timeout(common.settings())),
      audit_loader_(pool_),
      audits_(context_.get_executor(), auditor_options_of(common.settings()),
              {common.policy, recent_, common.l1.get(), common.samples.get(), explains_, audit_loader_},
              calls_of_audits(), common.registry),
      server_(context_.get_executor(), server_options(common.settings(), "admin", 1),
              api::admin_routes(common.policy.current(), writes_, explains_, common.settings().admin_token,
                                common.health, common.metrics_text, common.settings().reads.request_timeout),
              common.registry),
      loops_(context_.get_executor()) {
    consumer_.when_open([this] { relay_.wake(); });
    common.admitted.when_asked([this] { asio::post(context_, [this] { relay_.wake(); }); });
}

control::~control() {
    join();
}

void control::listen() {
    bind(context_, server_, shared_.settings().admin_listen, http::reuse_port::no);
}

void control::run() {
    if (fleet_) fleet_->start();
    start_loops();
    server_.start();
    thread_ = std::thread([this] { context_.run(); });
}

// Writes and the relay come before audits. A Redis that is not admitted yet may hold values that are not
// served.
bool control::has_no_time_for_audits() const {
    const auto& stats = pool_.stats();
    const bool is_busy = stats.waiting > 0 || stats.in_use + stats.draining + 1 >= control_connections;
    return is_busy || !shared_.admitted.asked().empty();
}

auditor_calls control::calls_of_audits() {
    return {.is_busy = [this] { return has_no_time_for_audits(); },
            .may_be_owed = [this] { return relay_.is_behind(); },
            .invalidate = [this](touched names) { return invalidate(std::move(names)); }};
}

// Invalidates what the auditor found. If a step fails, the auditor finds it again.
awaitable<void> control::invalidate(touched names) {
    co_await invalidation_.run(names, deadline::in(shared_.settings().reads.request_timeout));
}

void control::start_loops() {
    loops_.add(
        "consumer", [this] { return consumer_.run(); }, [this] { consumer_.stop(); });
    loops_.add(
        "relay", [this] { return relay_.run(); }, [this] { relay_.stop(); });
    loops_.add(
        "wake_up", [this] { return wake_up_.run(); }, [this] { wake_up_.stop(); });
    loops_.add(
        "triggers", [this] { return triggers_.run(); }, [this] { triggers_.stop(); });
    loops_.add(
        "tables", [this] { return tables_.run(); }, [this] { tables_.stop(); });
    loops_.add(
        "declarations", [this] { return declarations_.run(); }, [this] { declarations_.stop(); });
    if (shared_.settings().audit.rate <= 0) return;
    loops_.add(
        "auditor", [this] { return audits_.run(); }, [this] { audits_.stop(); });
}

void control::announce_drain() {
    asio::post(context_, [this] { server_.announce_drain(); });
}

void control::drain(deadline until) {
    start(context_.get_executor(), "drain", drain_and_stop(until));
}

// Drains as a worker does. Then the node leaves the bus, so that no write waits for the lease of a node that
// is gone.
awaitable<void> control::drain_and_stop(deadline until) {
    server_.announce_drain();
    co_await server_.drain(until);
    shared_.drained.arrive();
    const deadline last{until.at() + seconds{1}};
    co_await shared_.drained.wait(last);
    co_await loops_.stop(last.at_most(loops_end_within));
    if (fleet_) co_await fleet_->tasks.stop(deadline{last.at() + seconds{1}});
    registrations_.stop();
    pool_.stop();  // last: rounds of the relay that are under way may still settle what they delivered
}

void control::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace weir::app
