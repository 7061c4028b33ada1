// Notices when the database no longer records what the file declares: a write that no trigger sees is a write
// that nobody forgets for. At start a node is not ready before they agree; later (a rolling deployment, a new
// partition) it says so and goes on.
//
// A background coroutine on the control side; state() from any thread.
#pragma once

#include "weir/api/health.hpp"
#include "weir/async/task.hpp"
#include "weir/policy/policy_handle.hpp"
#include "weir/postgres/pool.hpp"

#include <mutex>
#include <string>

namespace weir::app {

class trigger_watch {
 public:
    trigger_watch(const boost::asio::any_io_executor& executor, postgres::pool& from,
                  const policy_handle& declared)
        : pause_(executor), pool_(from), policy_(declared) {}

    awaitable<void> run();
    void stop() { pause_.stop(); }

    api::dependency_state state() const;

 private:
    awaitable<milliseconds> look();
    void conclude(std::string drift);

    pause pause_;
    postgres::pool& pool_;
    const policy_handle& policy_;
    mutable std::mutex mutex_;
    std::string drift_ = "not looked at yet";  // empty: none
    bool was_right_ = false;
};

}  // namespace weir::app
