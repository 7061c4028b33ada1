// Runs one coroutine to its end on an io_context of its own, and gives its value: for tests that are one
// story.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace weir::test {

// Calls `at_end` once the story has ended: it stops what else runs there.
void run(boost::asio::io_context& context, awaitable<void> story, const std::function<void()>& at_end = {});

// Only this little is compiled anew for each type of value.
template <class T>
awaitable<void> keep_value(awaitable<T> story, std::optional<T>& value) {
    value.emplace(co_await std::move(story));
}

template <class T>
T run(boost::asio::io_context& context, awaitable<T> story) {
    std::optional<T> value;
    run(context, keep_value(std::move(story), value));
    return std::move(*value);
}

}  // namespace weir::test
