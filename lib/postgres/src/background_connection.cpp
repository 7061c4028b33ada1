#include "weir/postgres/background_connection.hpp"

#include <utility>

namespace weir::postgres {

awaitable<void> background_connection::run(attempt what) {
    while (!is_stopped()) {
        const then next = co_await make(what);
        if (next == then::end || is_stopped()) co_return;
        if (next == then::again_soon) between_.reset();
        const bool goes_on = co_await pause_.wait(between_.next(std::uniform_real_distribution<>{}(random_)));
        if (!goes_on) co_return;
    }
}

// Makes one attempt. Its connection is new, because one that was cancelled stays cancelled.
awaitable<background_connection::then> background_connection::make(const attempt& what) {
    connection own(co_await boost::asio::this_coro::executor);
    struct registration {
        connection*& current;
        ~registration() { current = nullptr; }
    } const guard{current_};
    current_ = &own;
    const then next = co_await what(own);
    co_return next;
}

void background_connection::stop() {
    pause_.stop();
    if (current_ != nullptr) current_->cancel();
}

}  // namespace weir::postgres
