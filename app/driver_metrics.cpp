#include "driver_metrics.hpp"

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

// Raises a counter to what a driver has counted since the start. The driver's number never falls.
void catch_up(prometheus::Counter& shown, double to) {
    shown.Increment(to - shown.Value());
}

}  // namespace

driver_metrics::driver_metrics(prometheus::Registry& registry)
    : log_lines_dropped_(counter(registry, "weir_log_lines_dropped_total",
                                 "Log lines dropped because standard error took no more")),
      redis_connected_(gauge(registry, "weir_redis_connected_workers",
                             "Threads whose connection to Redis is up: the workers and the control side")),
      redis_commands_(counter(registry, "weir_redis_commands_total", "Commands sent to Redis")),
      redis_timeouts_(
          counter(registry, "weir_redis_timeouts_total", "Commands to Redis that missed their deadline")),
      redis_connects_(counter(registry, "weir_redis_connects_total", "Connections made to Redis")),
      postgres_up_(gauge(registry, "weir_postgres_up_workers",
                         "Threads whose pool can reach Postgres: the workers and the control side")),
      postgres_in_use_(
          gauge(registry, "weir_postgres_connections_in_use", "Connections running a statement")),
      postgres_waiting_(gauge(registry, "weir_postgres_waiting", "Requests waiting for a connection")),
      postgres_opened_(counter(registry, "weir_postgres_connects_total", "Connections opened to Postgres")),
      postgres_missed_deadlines_(
          counter(registry, "weir_postgres_missed_deadlines_total", "Statements that missed their deadline")),
      l1_entries_(gauge(registry, "weir_l1_entries", "Entries in L1")),
      l1_bytes_(gauge(registry, "weir_l1_bytes", "Bytes in L1, keys and overhead counted")),
      l1_hits_(counter(registry, "weir_l1_hits_total", "Look-ups of L1 that found an entry")),
      l1_misses_(counter(registry, "weir_l1_misses_total", "Look-ups of L1 that found none")),
      l1_evictions_(counter(registry, "weir_l1_evictions_total", "Entries that left L1 for want of space")),
      l1_refused_(counter(registry, "weir_l1_refused_total",
                          "Inserts into L1 refused because an invalidation came between")) {}

void driver_metrics::update(const std::vector<std::unique_ptr<worker>>& workers, const control& admin,
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
        return value(admin.pool_stats()) + value(admin.registration_stats()) +
               sum([&value](const worker& w) { return value(w.pool_stats()); });
    };
    catch_up(log_lines_dropped_, static_cast<double>(log::lines_dropped()));
    redis_connected_.Set(redis(&redis::client_stats::is_connected));
    catch_up(redis_commands_, redis(&redis::client_stats::commands));
    catch_up(redis_timeouts_, redis(&redis::client_stats::timeouts));
    catch_up(redis_connects_, redis(&redis::client_stats::connections));
    postgres_up_.Set((admin.pool_stats().is_up.load() ? 1 : 0) +
                     sum([](const worker& w) { return w.pool_stats().is_up.load() ? 1 : 0; }));
    postgres_in_use_.Set(postgres(&postgres::pool_stats::in_use));
    // A request that waits for a worker's pool waits in its loader.
    postgres_waiting_.Set(static_cast<double>(admin.pool_stats().waiting.load()) +
                          sum([](const worker& w) { return w.waiting_loads(); }));
    catch_up(postgres_opened_, postgres(&postgres::pool_stats::opened));
    catch_up(postgres_missed_deadlines_, postgres(&postgres::pool_stats::missed_deadlines));
    if (!common.l1) return;
    const l1_stats in_l1 = common.l1->stats();
    l1_entries_.Set(static_cast<double>(in_l1.entries));
    l1_bytes_.Set(static_cast<double>(in_l1.bytes));
    catch_up(l1_hits_, static_cast<double>(in_l1.hits));
    catch_up(l1_misses_, static_cast<double>(in_l1.misses));
    catch_up(l1_evictions_, static_cast<double>(in_l1.evictions));
    catch_up(l1_refused_, static_cast<double>(in_l1.refused_late));
}

}  // namespace weir::app
