#include "gauges.hpp"

#include "worker.hpp"

namespace weir::app {
namespace {

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

gauges::gauges(prometheus::Registry& registry)
    : redis_connected_(
          gauge(registry, "weir_redis_connected_workers", "Workers whose connection to Redis is up")),
      redis_commands_(gauge(registry, "weir_redis_commands", "Commands sent to Redis since start")),
      redis_timeouts_(
          gauge(registry, "weir_redis_timeouts", "Commands that missed their deadline since start")),
      redis_connects_(gauge(registry, "weir_redis_connects", "Connections made to Redis since start")),
      postgres_up_(gauge(registry, "weir_postgres_up_workers", "Workers whose pool can reach Postgres")),
      postgres_in_use_(
          gauge(registry, "weir_postgres_connections_in_use", "Connections running a statement")),
      postgres_waiting_(gauge(registry, "weir_postgres_waiting", "Requests waiting for a connection")),
      postgres_opened_(
          gauge(registry, "weir_postgres_connects", "Connections opened to Postgres since start")),
      postgres_missed_deadlines_(gauge(registry, "weir_postgres_missed_deadlines",
                                       "Statements that missed their deadline since start")) {}

void gauges::update(const std::vector<std::unique_ptr<worker>>& workers) {
    const std::lock_guard lock(mutex_);
    const auto sum = [&](const auto& of) {
        double total = 0;
        for (const auto& w : workers) total += static_cast<double>(of(*w));
        return total;
    };
    const auto redis = [&](auto redis::client_stats::*member) {
        return sum([member](const worker& w) {
            const auto* stats = w.redis_stats();
            return stats ? static_cast<double>((stats->*member).load()) : 0.0;
        });
    };
    const auto postgres = [&](auto postgres::pool_stats::*member) {
        return sum(
            [member](const worker& w) { return static_cast<double>((w.pool_stats().*member).load()); });
    };
    redis_connected_.Set(redis(&redis::client_stats::is_connected));
    redis_commands_.Set(redis(&redis::client_stats::commands));
    redis_timeouts_.Set(redis(&redis::client_stats::timeouts));
    redis_connects_.Set(redis(&redis::client_stats::connections));
    postgres_up_.Set(postgres(&postgres::pool_stats::is_up));
    postgres_in_use_.Set(postgres(&postgres::pool_stats::in_use));
    postgres_waiting_.Set(postgres(&postgres::pool_stats::waiting));
    postgres_opened_.Set(postgres(&postgres::pool_stats::opened));
    postgres_missed_deadlines_.Set(postgres(&postgres::pool_stats::missed_deadlines));
}

}  // namespace weir::app
