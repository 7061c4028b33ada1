#include "weir/async/task.hpp"

#include "weir/base/log.hpp"

#include <boost/asio/as_tuple.hpp>

#include <exception>

namespace weir {
namespace asio = boost::asio;

void start(const asio::any_io_executor& executor, std::string_view name, awaitable<void> work) {
    asio::co_spawn(executor, std::move(work), [name](const std::exception_ptr& failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            log::error("task_failed", {{"task", name}, {"what", e.what()}});
        }
    });
}

awaitable<void> sleep_for(steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

awaitable<bool> pause::rest(steady_clock::duration time) {
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
