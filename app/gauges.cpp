#include "gauges.hpp"

#include "weir/base/log_writer.hpp"

#include "control.hpp"
#include "worker.hpp"

namespace weir::app {
namespace {

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

gauges::gauges(prometheus::Registry& registry)
    : log_lines_dropped_(counter(registry, "weir_log_lines_dropped_total",
                                 "Log lines dropped because standard error took no more")),
      redis_connected_(gauge(registry, "weir_redis_connected_workers",
                             "Threads whose connection to Redis is up: the workers and the control side")),
      redis_commands_(gauge(registry, "weir_redis_commands", "Commands sent to Redis since start")),
      redis_timeouts_(
          gauge(registry, "weir_redis_timeouts", "Commands that missed their deadline since start")),
      redis_connects_(gauge(registry, "weir_redis_connects", "Connections made to Redis since start")),
      postgres_up_(gauge(registry, "weir_postgres_up_workers",
                         "Threads whose pool can reach Postgres: the workers and the control side")),
      postgres_in_use_(
          gauge(registry, "weir_postgres_connections_in_use", "Connections running a statement")),
      postgres_waiting_(gauge(registry, "weir_postgres_waiting", "Requests waiting for a connection")),
      postgres_opened_(
          gauge(registry, "weir_postgres_connects", "Connections opened to Postgres since start")),
      postgres_missed_deadlines_(gauge(registry, "weir_postgres_missed_deadlines",
                                       "Statements that missed their deadline since start")),
      l1_entries_(gauge(registry, "weir_l1_entries", "Entries in L1")),
      l1_bytes_(gauge(registry, "weir_l1_bytes", "Bytes in L1, keys and overhead counted")),
      l1_hits_(gauge(registry, "weir_l1_hits", "Look-ups of L1 that found an entry, since start")),
      l1_misses_(gauge(registry, "weir_l1_misses", "Look-ups of L1 that found none, since start")),
      l1_evictions_(gauge(registry, "weir_l1_evictions", "Entries that left L1 for want of space")),
      l1_refused_(gauge(registry, "weir_l1_refused",
                        "Inserts refused because an invalidation came between, since start")) {}

void gauges::update(const std::vector<std::unique_ptr<worker>>& workers, const control& admin,
                    const shared& common) {
    const std::lock_guard lock(mutex_);
    const auto sum = [&](const auto& of) {
        double total = 0;
        for (const auto& w : workers) total += static_cast<double>(of(*w));
        return total;
    };
    const auto redis = [&](auto redis::client_stats::*member) {
        const auto value = [member](const redis::client_stats* stats) {
            return stats ? static_cast<double>((stats->*member).load()) : 0.0;
        };
        return value(admin.redis_stats()) + sum([&value](const worker& w) { return value(w.redis_stats()); });
    };
    const auto postgres = [&](auto postgres::pool_stats::*member) {
        const auto value = [member](const postgres::pool_stats& stats) {
            return static_cast<double>((stats.*member).load());
        };
        return value(admin.pool_stats()) + sum([&value](const worker& w) { return value(w.pool_stats()); });
    };
    log_lines_dropped_.Increment(static_cast<double>(log::lines_dropped()) - log_lines_dropped_.Value());
    redis_connected_.Set(redis(&redis::client_stats::is_connected));
    redis_commands_.Set(redis(&redis::client_stats::commands));
    redis_timeouts_.Set(redis(&redis::client_stats::timeouts));
    redis_connects_.Set(redis(&redis::client_stats::connections));
    postgres_up_.Set(postgres(&postgres::pool_stats::is_up));
    postgres_in_use_.Set(postgres(&postgres::pool_stats::in_use));
    // In a worker's pool itself wait only those who ask for its loads.
    postgres_waiting_.Set(static_cast<double>(admin.pool_stats().waiting.load()) +
                          sum([](const worker& w) { return w.waiting_loads(); }));
    postgres_opened_.Set(postgres(&postgres::pool_stats::opened));
    postgres_missed_deadlines_.Set(postgres(&postgres::pool_stats::missed_deadlines));
    if (!common.first) return;
    const l1_stats in_l1 = common.first->stats();
    l1_entries_.Set(static_cast<double>(in_l1.entries));
    l1_bytes_.Set(static_cast<double>(in_l1.bytes));
    l1_hits_.Set(static_cast<double>(in_l1.hits));
    l1_misses_.Set(static_cast<double>(in_l1.misses));
    l1_evictions_.Set(static_cast<double>(in_l1.evictions));
    l1_refused_.Set(static_cast<double>(in_l1.refused_late));
}

}  // namespace weir::app
