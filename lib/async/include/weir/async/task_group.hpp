// The background tasks of one owner, started by name and stopped in reverse order: what was added last may
// use what was added before it, so it ends first.
//
// Used on its executor only, which must be single-threaded; add() may also be called before that executor
// runs. Owned by the object whose loops it runs. Destroying a group stops nothing: call stop() before.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace weir {

class task_group {
 public:
    explicit task_group(boost::asio::any_io_executor executor);
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // Starts `run` in the background. `stop` is called once, by stop(), and must make `run` end soon. An
    // exception that leaves `run` is logged under `name` (a literal); the other tasks go on. Not called after
    // stop().
    void add(std::string_view name, std::function<awaitable<void>()> run, std::function<void()> stop);

    // Stops the tasks, the last one first: calls its `stop` and waits until it has ended. Each task may use
    // an equal share of the time that is left, so one that hangs leaves time for those behind it. A task that
    // has not ended by then is logged ("task_still_running") and left to itself.
    awaitable<void> stop(deadline until);

 private:
    struct task;

    boost::asio::any_io_executor executor_;
    std::vector<std::shared_ptr<task>> tasks_;  // in the order of add(); shared with what runs
    bool is_stopped_ = false;
};

}  // namespace weir
