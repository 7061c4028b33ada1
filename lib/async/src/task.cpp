#include "weir/async/task.hpp"

#include "weir/base/log.hpp"

#include <boost/asio/as_tuple.hpp>

#include <exception>
#include <utility>

namespace weir {
namespace asio = boost::asio;

namespace {

void log_failure(std::string_view task, const std::exception_ptr& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        log::error("task_failed", {{"task", task}, {"what", e.what()}});
    }
}

}  // namespace

void start(const asio::any_io_executor& executor, std::string_view name, awaitable<void> work) {
    asio::co_spawn(executor, std::move(work),
                   [name](const std::exception_ptr& failure) { log_failure(name, failure); });
}

void start(const asio::any_io_executor& executor, std::string_view name, awaitable<void> work,
           std::function<void()> when_ended) {
    asio::co_spawn(executor, std::move(work),
                   [name, when_ended = std::move(when_ended)](const std::exception_ptr& failure) {
                       log_failure(name, failure);
                       when_ended();
                   });
}

awaitable<void> sleep_for(steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

awaitable<bool> pause::wait(steady_clock::duration time) {
    if (is_stopped_) co_return false;
    if (!is_cut_short_) {
        timer_.expires_after(time);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    is_cut_short_ = false;
    co_return !is_stopped_;
}

void pause::cut_short() {
    is_cut_short_ = true;
    timer_.cancel();
}

void pause::stop() {
    is_stopped_ = true;
    timer_.cancel();
}

}  // namespace weir
