// Bounds any operation by a deadline.
//
// Boost 1.81 has no cancel_after. `op || timer` is a trap: it waits for one *success*, so an operation that
// throws looks like a timeout. Here parallel_group waits for the operation that ends first, however it ends,
// and then cancels the other.
#pragma once

#include "weir/base/error.hpp"
#include "weir/base/time.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace weir {

template <class T>
using awaitable = boost::asio::awaitable<T>;

// Runs `operation` on the caller's executor. Once the deadline has passed it is cancelled (terminal). When it
// has unwound, errc::timeout is returned, so nothing of it outlives the call. Any exception that it throws
// before the deadline is rethrown.
template <class T>
awaitable<result<T>> bounded(awaitable<result<T>> operation, deadline until) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, until.at());
    auto [order, failure, value, timer_error] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, std::move(operation), asio::deferred), timer.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 1) co_return errc::timeout;
    if (failure) std::rethrow_exception(failure);
    co_return std::move(value);
}

}  // namespace weir
