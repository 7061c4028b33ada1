// A client of Redis on an io_context of its own, and a story told with it: one coroutine, run to its end with
// the client running beside it.
#pragma once

#include "weir/async/task.hpp"
#include "weir/redis/client.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/servers.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <utility>

namespace weir::test {

inline redis::options redis_options(const std::string& url) {
    return std::get<redis::options>(redis::parse_url(url));
}

// The state, polled; false when it does not come about in time.
inline awaitable<bool> until(std::function<bool()> is_so, steady_clock::duration time) {
    const auto end = deadline::in(time);
    while (!is_so()) {
        if (end.passed()) co_return false;
        co_await sleep_for(milliseconds{2});
    }
    co_return true;
}

struct redis_story {
    explicit redis_story(redis::options settings) : client(context.get_executor(), std::move(settings)) {}
    explicit redis_story(const std::string& url) : redis_story(redis_options(url)) {}

    // Runs until the story has ended and run() of the client has returned, so that one is tested with every
    // story.
    template <class Story, class... Arguments>
    void tell(Story story, Arguments&... arguments) {
        start(context.get_executor(), "redis client", client.run());
        run(context, story(client, arguments...), [&] { client.stop(); });
    }

    boost::asio::io_context context{1};
    redis::client client;
};

inline awaitable<void> connected(redis::client& client, steady_clock::duration within = seconds{5}) {
    const bool is_up = co_await until([&client] { return client.is_connected(); }, within);
    REQUIRE(is_up);
}

template <class... Words>
redis::command_line words(Words... w) {
    return redis::command_line{std::string(w)...};
}

// Not a braced list of words in place: GCC 12 refuses those in a coroutine's co_await.
inline awaitable<result<redis::reply>> ask_within(redis::client& client, steady_clock::duration time,
                                                  redis::command_line argv) {
    co_return co_await client.command(std::move(argv), deadline::in(time));
}

template <class... Words>
awaitable<result<redis::reply>> ask(redis::client& client, Words... w) {
    return ask_within(client, seconds{5}, words(w...));
}

inline awaitable<steady_clock::duration> time_to_fail(redis::client& c, errc with) {
    const auto began = steady_clock::now();
    const auto answer = co_await ask(c, "PING");
    REQUIRE(answer.error() == with);
    co_return steady_clock::now() - began;
}

inline std::string text(const result<redis::reply>& answer) {
    if (!answer) return "(" + answer.error().message() + ")";
    if (const auto* s = answer->as<std::string>()) return *s;
    if (const auto* s = answer->as<redis::status>()) return s->text;
    if (const auto* n = answer->as<std::int64_t>()) return std::to_string(*n);
    return answer->as<redis::nil>() != nullptr ? "(nil)" : "(array)";
}

}  // namespace weir::test
