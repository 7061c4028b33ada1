#include "service.hpp"

#include "weir/base/log.hpp"

#include "stop_signals.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace weir::app {
namespace {

// Refuses to start without a connection for the loads of at least one worker.
void refuse_too_few_connections(const shared& common) {
    if (common.workers > 0) return;
    throw std::runtime_error(
        "[postgres] connections = " + std::to_string(common.settings().postgres.connections) +
        " is too few: writes need " + std::to_string(control_connections) +
        " and each worker needs one; raise it to at least " + std::to_string(control_connections + 1));
}

// Logs that fewer workers start than were declared. They can serve as well, so a number that fits another
// machine is no reason to refuse.
void log_fewer_workers(const shared& common) {
    const auto [wanted, started] = common.planned;
    if (started == wanted) return;
    const auto& settings = common.settings();
    log::write(settings.workers != 0 ? log::level::warn : log::level::info, "workers_limited",
               {{"wanted", wanted},
                {"started", started},
                {"connections", settings.postgres.connections},
                {"todo", "raise [postgres] connections to " + std::to_string(wanted + control_connections) +
                             ", or lower [server] workers"}});
}

}  // namespace

service::service(config::configuration c) : shared_(std::move(c)), driver_metrics_(shared_.registry) {
    refuse_too_few_connections(shared_);
    log_fewer_workers(shared_);
    shared_.health = [this] { return health(); };
    shared_.metrics_text = [this] { return metrics_text(); };
    control_ = std::make_unique<control>(shared_);
    for (std::size_t i = 0; i < shared_.workers; ++i) workers_.push_back(std::make_unique<worker>(shared_));
}

void service::run() {
    start();
    wait_for_the_end();
    drain();
}

void service::start() {
    for (auto& w : workers_) w->listen();
    control_->listen();
    control_->run();
    for (auto& w : workers_) w->run();
    const auto& at = shared_.settings();
    log::info("serving", {{"listen", at.listen.host + ":" + std::to_string(at.listen.port)},
                          {"admin_listen", at.admin_listen.host + ":" + std::to_string(at.admin_listen.port)},
                          {"workers", shared_.workers},
                          {"resources", shared_.policy.current()->resources.size()}});
}

// Waits for a signal and stops. A load balancer learns from /readyz that it must send requests elsewhere.
// Until its next probe it still connects here, so after SIGTERM the listeners stay open for a while. A person
// who sends SIGINT wants no delay.
void service::wait_for_the_end() {
    stop_signals signals;
    if (signals.wait() != SIGTERM) return;
    const milliseconds delay = shared_.settings().shutdown_delay;
    if (delay <= milliseconds{0}) return;
    log::info("shutting_down", {{"accepting_ms", delay.count()}});
    for (auto& w : workers_) w->announce_drain();
    control_->announce_drain();
    signals.wait_for(delay);
}

void service::drain() {
    const milliseconds at_most = shared_.settings().drain_timeout;
    log::info("draining", {{"at_most_ms", at_most.count()}});
    const auto until = deadline::in(at_most);
    for (auto& w : workers_) w->drain(until);
    control_->drain(until);
    for (auto& w : workers_) w->join();
    control_->join();
    log::info("stopped");
}

// Returns the state of each dependency. Redis is not required: without it GETs are served from Postgres. But
// a node that starts waits a moment for Redis and the bus. Otherwise its first answers would bypass the cache
// and its first writes would wait for leases. Postgres is required until it was reached once. After that an
// outage still leaves the hits, and taking every node out of rotation would lose those too.
std::vector<api::dependency_state> service::health() {
    std::vector<api::dependency_state> states;
    const auto count_up = [&](const auto& is_up) {
        return static_cast<std::size_t>(
            std::count_if(workers_.begin(), workers_.end(), [&](const auto& w) { return is_up(*w); }));
    };
    const auto describe = [&](std::size_t up) {
        return std::to_string(up) + " of " + std::to_string(workers_.size()) + " workers connected";
    };
    const auto postgres_up = count_up([](const worker& w) { return w.pool_stats().is_up.load(); });
    if (postgres_up == workers_.size()) was_postgres_up_ = true;
    states.push_back({.name = "postgres",
                      .is_up = postgres_up == workers_.size(),
                      .detail = describe(postgres_up),
                      .is_required = !was_postgres_up_});
    states.push_back(control_->triggers());
    states.push_back(control_->declarations());
    const bool has_just_started = steady_clock::now() - started_ < seconds{2};
    const bool is_registered = shared_.coherence.is_registered(steady_clock::now());
    if (is_registered) was_registered_ = true;
    states.push_back(
        {.name = "consumer",
         .is_up = is_registered,
         .detail = is_registered ? "registered in the outbox" : "not registered, nothing cached is served",
         .is_required = has_just_started && !was_registered_});
    if (shared_.settings().redis) {
        const auto redis_up = count_up([](const worker& w) { return w.is_redis_up(); });
        if (redis_up == workers_.size()) was_redis_up_ = true;
        states.push_back({.name = "redis",
                          .is_up = redis_up == workers_.size(),
                          .detail = describe(redis_up),
                          .is_required = has_just_started && !was_redis_up_});
        const bool is_on_bus = shared_.coherence.is_trusted(steady_clock::now());
        if (is_on_bus) was_on_bus_ = true;
        states.push_back({.name = "bus",
                          .is_up = is_on_bus,
                          .detail = is_on_bus ? "registered, L1 in use" : "not registered, L1 not in use",
                          .is_required = has_just_started && !was_on_bus_});
    }
    return states;
}

std::string service::metrics_text() {
    driver_metrics_.update(workers_, *control_, shared_);
    return prometheus::TextSerializer{}.Serialize(shared_.registry.Collect());
}

}  // namespace weir::app
