// Asks the database, once the process serves, whether every table that a resource reads is covered, and
// whether the keys' types are sound. What it finds is logged once and shown by /readyz. It never makes a node
// unready: the answers are as fresh as they were before anything was checked.
//
// A background coroutine on the control side, with a connection of its own. While Postgres cannot be reached
// it tries again, with backoff. state() may be called from any thread.
#pragma once

#include "weir/api/health.hpp"
#include "weir/policy/policy_handle.hpp"
#include "weir/postgres/background_connection.hpp"
#include "weir/schema/declarations.hpp"

#include <mutex>
#include <string>
#include <utility>

namespace weir::app {

class declaration_watch {
 public:
    declaration_watch(const boost::asio::any_io_executor& executor, postgres::conninfo at,
                      const policy_handle& declared)
        : session_(executor, {.first = milliseconds{1'000}, .most = milliseconds{60'000}}),
          address_(std::move(at)),
          policy_(declared) {}

    awaitable<void> run();
    void stop() { session_.stop(); }

    api::dependency_state state() const;

 private:
    awaitable<postgres::background_connection::then> look(postgres::connection& on);
    void conclude(bool is_sound, std::string detail);

    postgres::background_connection session_;
    const postgres::conninfo address_;
    const policy_handle& policy_;
    mutable std::mutex mutex_;
    std::string detail_ = "not checked yet";
    bool is_sound_ = false;
};

}  // namespace weir::app
