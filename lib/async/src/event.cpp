#include "weir/async/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

namespace weir {
namespace asio = boost::asio;

void event::set() {
    std::vector<std::shared_ptr<waiter>> waiters;
    {
        const std::lock_guard lock(mutex_);
        is_set_ = true;
        waiters.swap(waiters_);
    }
    for (auto& w : waiters) {
        auto executor = w->get_executor();
        asio::post(executor, [w = std::move(w)] { w->cancel(); });
    }
}

awaitable<bool> event::wait(deadline until) {
    const auto timer = std::make_shared<waiter>(co_await asio::this_coro::executor, until.at());
    {
        const std::lock_guard lock(mutex_);
        if (is_set_) co_return true;
        waiters_.push_back(timer);
    }
    // Leaves the list even when the coroutine is destroyed while it waits: a timer in the list must not
    // outlive its io_context.
    const registration in_list{*this, timer.get()};
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    const std::lock_guard lock(mutex_);
    co_return is_set_;
}

event::registration::~registration() {
    const std::lock_guard lock(at.mutex_);
    std::erase_if(at.waiters_, [this](const auto& w) { return w.get() == timer; });
}

}  // namespace weir
