// Runs one coroutine to its end on an io_context of its own, and gives its value: for tests that are one
// story.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace weir::test {

template <class T>
T run(boost::asio::io_context& context, awaitable<T> story) {
    std::optional<T> value;
    std::exception_ptr failure;
    boost::asio::co_spawn(context, std::move(story), [&](std::exception_ptr e, T result) {
        failure = e;
        if (!e) value.emplace(std::move(result));
    });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}

inline void run(boost::asio::io_context& context, awaitable<void> story) {
    std::exception_ptr failure;
    boost::asio::co_spawn(context, std::move(story), [&](std::exception_ptr e) { failure = e; });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace weir::test
