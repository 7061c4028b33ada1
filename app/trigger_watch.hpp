// Reports when the database no longer records what the file declares. A write without its trigger is a write
// that no node invalidates.
//
// At start a node is not ready until the database records what the file declares. It may record more. A later
// difference (a new partition) is reported, and the node goes on.
//
// A background coroutine on the control side; state() may be called from any thread.
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
    void note_ahead(std::string ahead);

    pause pause_;
    postgres::pool& pool_;
    const policy_handle& policy_;
    mutable std::mutex mutex_;
    std::string drift_ = "not looked at yet";  // empty: none
    std::string ahead_;                        // what is recorded beyond the file
    bool was_right_ = false;
};

}  // namespace weir::app
