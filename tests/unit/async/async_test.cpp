#include "weir/async/backoff.hpp"
#include "weir/async/bounded.hpp"
#include "weir/async/event.hpp"
#include "weir/async/task.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace weir::async_test {
namespace {

awaitable<result<int>> ready(int value) {
    co_return value;
}

awaitable<result<int>> thrown() {
    throw std::runtime_error("broken");
    co_return 0;
}

struct outlives {
    bool& flag;
    ~outlives() { flag = true; }
};

awaitable<result<int>> endless(bool& is_unwound) {
    const outlives on_exit{is_unwound};
    co_await sleep_for(seconds{60});
    co_return 1;
}

awaitable<void> wait_and_count(event& e, std::atomic<int>& woken, deadline until) {
    const bool is_set = co_await e.wait(until);
    if (is_set) ++woken;
}

TEST_CASE("a bounded operation gives its own value when it ends in time") {
    boost::asio::io_context context;
    const auto value = test::run(context, bounded(ready(7), deadline::in(seconds{5})));
    CHECK(value.value() == 7);
}

TEST_CASE("a bounded operation that misses its deadline is unwound and then reported as a timeout") {
    boost::asio::io_context context;
    bool is_unwound = false;
    const auto value = test::run(context, bounded(endless(is_unwound), deadline::in(milliseconds{5})));
    CHECK(value.error() == errc::timeout);
    CHECK(is_unwound);
}

TEST_CASE("an exception in a bounded operation surfaces as itself and not as a timeout") {
    boost::asio::io_context context;
    CHECK_THROWS_AS(test::run(context, bounded(thrown(), deadline::in(seconds{5}))), std::runtime_error);
}

TEST_CASE("an event wakes all who wait on any thread and those who come later") {
    event landed;
    std::atomic<int> woken = 0;
    std::atomic<int> waiting = 0;
    std::array<boost::asio::io_context, 4> contexts;  // as in Weir, they outlive every set()
    std::vector<std::thread> threads;
    for (auto& context : contexts) {
        threads.emplace_back([&] {
            for (int j = 0; j < 25; ++j) {
                start(context.get_executor(), "waiter",
                      wait_and_count(landed, woken, deadline::in(seconds{30})));
            }
            ++waiting;
            context.run();
        });
    }
    while (waiting < 2) std::this_thread::yield();
    landed.set();
    for (auto& t : threads) t.join();
    CHECK(woken == 100);
}

TEST_CASE("waiting for an event ends at the deadline of the waiter") {
    boost::asio::io_context context;
    event never;
    CHECK_FALSE(test::run(context, never.wait(deadline::in(milliseconds{1}))));
}

TEST_CASE("a task that throws is contained and others go on") {
    boost::asio::io_context context;
    std::atomic<int> woken = 0;
    event e;
    e.set();
    start(context.get_executor(), "thrower", [](void) -> awaitable<void> {
        throw std::runtime_error("a defect");
        co_return;
    }());
    start(context.get_executor(), "other", wait_and_count(e, woken, deadline::in(seconds{5})));
    context.run();
    CHECK(woken == 1);
}

TEST_CASE("a pause that is stopped ends at once and for good") {
    boost::asio::io_context context;
    pause p{context.get_executor()};
    boost::asio::post(context, [&] { p.stop(); });
    const auto begun = steady_clock::now();
    CHECK_FALSE(test::run(context, p.wait(seconds{60})));
    CHECK_FALSE(test::run(context, p.wait(seconds{60})));
    CHECK(steady_clock::now() - begun < seconds{30});
}

TEST_CASE("backoff grows to its ceiling and its jitter spreads over the whole range") {
    backoff low{milliseconds{10}, milliseconds{1000}};
    backoff high = low;
    for (int i = 0; i < 40; ++i) {
        CHECK(low.next(0.0) == milliseconds{5});
        const auto ceiling =
            std::min<milliseconds>(milliseconds{1000}, milliseconds{10} * (1 << std::min(i, 20)));
        CHECK(high.next(0.999999) <= ceiling);
    }
    CHECK(high.next(0.999999) > milliseconds{990});
    high.reset();
    CHECK(high.next(0.999999) <= milliseconds{10});
}

}  // namespace

}  // namespace weir::async_test
