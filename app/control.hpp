// The control side: a thread for writes, deliveries and requests of operators, with connections of its own. A
// flood of misses must not delay the writes, nor the deletes and acknowledgements that keep the cache fresh.
// The members are in the order of their dependencies. Other threads call only the functions that say so.
#pragma once

#include "weir/adapters/postgres_key_expansion.hpp"
#include "weir/adapters/postgres_outbox.hpp"
#include "weir/adapters/postgres_wake_up.hpp"
#include "weir/adapters/postgres_write_store.hpp"
#include "weir/adapters/redis_bus.hpp"
#include "weir/adapters/redis_l2.hpp"
#include "weir/adapters/redis_meeting_point.hpp"
#include "weir/async/task_group.hpp"
#include "weir/cache/auditor.hpp"
#include "weir/cache/bus.hpp"
#include "weir/cache/consumer.hpp"
#include "weir/cache/explain.hpp"
#include "weir/cache/invalidation_steps.hpp"
#include "weir/cache/other_consumers.hpp"
#include "weir/cache/recent_invalidations.hpp"
#include "weir/cache/relay.hpp"
#include "weir/cache/write_path.hpp"
#include "weir/http/server.hpp"
#include "weir/postgres/pool.hpp"
#include "weir/redis/keyspace.hpp"
#include "weir/redis/subscriber.hpp"

#include "declaration_watch.hpp"
#include "loaders.hpp"
#include "shared.hpp"
#include "table_watch.hpp"
#include "trigger_watch.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace weir::app {

// The control side's share of Redis. These connections need no admission, unlike the workers': they delete,
// and read nothing that would be served.
struct fleet_side {
    fleet_side(shared& common, const boost::asio::any_io_executor& executor, recent_invalidations& recent);

    void start();

    std::unique_ptr<redis::keyspace> commands;
    redis::subscriber messages;
    redis_l2 l2;
    redis_meeting_point nonce;
    redis_bus transport;
    bus announcements;
    l2_step in_l2;
    fleet_step on_every_node;
    task_group tasks;
};

class control {
 public:
    // Opens no socket.
    explicit control(shared& common);
    ~control();

    void listen();  // throws std::runtime_error that names the address that is not available
    void run();
    void announce_drain();  // from any thread, as drain(): /readyz answers 503 from now on
    void drain(deadline until);
    void join();

    // Returns the counts of the Redis driver, or null without [redis]. May be called from any thread, like
    // the functions below.
    const redis::client_stats* redis_stats() const { return fleet_ ? &fleet_->commands->stats() : nullptr; }
    const postgres::pool_stats& pool_stats() const { return pool_.stats(); }
    const postgres::pool_stats& registration_stats() const { return registrations_.stats(); }
    api::dependency_state triggers() const { return triggers_.state(); }
    api::dependency_state declarations() const { return declarations_.state(); }

 private:
    awaitable<void> drain_and_stop(deadline until);
    void start_loops();
    auditor_calls calls_of_audits();
    awaitable<void> invalidate(touched names);
    bool has_no_time_for_audits() const;

    shared& shared_;
    boost::asio::io_context context_{1};
    recent_invalidations recent_;
    std::unique_ptr<fleet_side> fleet_;  // null without [redis]
    postgres::pool pool_;
    postgres::pool registrations_;  // writes that wait for a row's lock must not delay a renewal
    postgres_consumer registered_;
    postgres_write_store write_store_;
    postgres_outbox outbox_;
    local_step here_;
    postgres_key_expansion through_;
    invalidation invalidation_;
    consumer consumer_;
    other_consumers others_;
    write_path writes_;
    relay relay_;
    postgres_wake_up wake_up_;
    trigger_watch triggers_;
    table_watch tables_;
    declaration_watch declarations_;
    tier_explainer explains_;
    loaders audit_loader_;
    auditor audits_;
    http::server server_;
    task_group loops_;  // those that use pool_
    std::thread thread_;
};

}  // namespace weir::app
