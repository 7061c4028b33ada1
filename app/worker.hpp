// One worker: a thread, its io_context, and everything that lives on it: connections to Redis and Postgres,
// the read path, a listening socket. The members are in the order of their dependencies. Other threads call
// only the functions that say so.
#pragma once

#include "weir/adapters/redis_l2.hpp"
#include "weir/async/task_group.hpp"
#include "weir/cache/read_path.hpp"
#include "weir/http/server.hpp"
#include "weir/postgres/pool.hpp"
#include "weir/redis/keyspace.hpp"

#include "loaders.hpp"
#include "shared.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <thread>

namespace weir::app {

class worker {
 public:
    // Opens no socket.
    explicit worker(shared& common);
    ~worker();

    // Binds the listening sockets. Throws std::runtime_error that names the address that is not available.
    void listen();

    // Starts the thread.
    void run();

    // Makes /readyz answer 503 from now on. Everything is still accepted and answered. From any thread.
    void announce_drain();

    // Stops accepting, answers what is in flight until the deadline, and closes everything. The thread then
    // ends by itself. From any thread.
    void drain(deadline until);
    void join();

    // Returns whether this worker is connected to Redis. May be called from any thread, like the functions
    // below.
    bool is_redis_up() const { return redis_ && redis_->stats().is_connected; }
    const redis::client_stats* redis_stats() const { return redis_ ? &redis_->stats() : nullptr; }
    const postgres::pool_stats& pool_stats() const { return pool_.stats(); }
    std::size_t waiting_loads() const { return loader_.waiting(); }

 private:
    awaitable<void> drain_and_stop(deadline until);

    shared& shared_;
    boost::asio::io_context context_{1};
    std::unique_ptr<redis::keyspace> redis_;  // null without [redis]
    std::unique_ptr<l2_store> l2_;
    postgres::pool pool_;
    loaders loader_;
    read_path read_path_;
    http::server public_;
    task_group tasks_;
    std::thread thread_;
};

}  // namespace weir::app
