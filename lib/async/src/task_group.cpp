#include "weir/async/task_group.hpp"

#include "weir/async/event.hpp"
#include "weir/async/task.hpp"
#include "weir/base/log.hpp"

#include <cassert>
#include <utility>

namespace weir {

struct task_group::task {
    std::string_view name;
    std::function<awaitable<void>()> run;  // kept: a coroutine made by a lambda borrows the lambda's captures
    std::function<void()> stop;
    event ended;
};

task_group::task_group(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

task_group::~task_group() = default;

void task_group::add(std::string_view name, std::function<awaitable<void>()> run,
                     std::function<void()> stop) {
    assert(!is_stopped_);
    const auto added = std::make_shared<task>();
    added->name = name;
    added->run = std::move(run);
    added->stop = std::move(stop);
    tasks_.push_back(added);
    start(executor_, name, added->run(), [added] { added->ended.set(); });
}

awaitable<void> task_group::stop(deadline until) {
    is_stopped_ = true;
    while (!tasks_.empty()) {
        const auto share = until.at_most(until.left() / static_cast<int>(tasks_.size()));
        const auto last = std::move(tasks_.back());
        tasks_.pop_back();
        last->stop();
        const bool has_ended = co_await last->ended.wait(share);
        if (!has_ended) log::warn("task_still_running", {{"task", last->name}});
    }
}

}  // namespace weir
