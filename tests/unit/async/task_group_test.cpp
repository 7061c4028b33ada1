// How background tasks end, with an event loop and no server.
#include "weir/async/task_group.hpp"

#include "weir/async/task.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace weir::task_group_test {
namespace {

// A background loop that writes down what happens to it: "+a" started, "-a" told to stop, "a" ended.
struct loop {
    loop(boost::asio::io_context& context, std::string n, std::string& l)
        : waiting(context.get_executor()), name(std::move(n)), log(l) {}

    awaitable<void> run() {
        log += "+" + name + " ";
        bool goes_on = true;
        while (goes_on) goes_on = co_await waiting.wait(seconds{60});
        co_await sleep_for(milliseconds{1});  // has something to finish
        log += name + " ";
    }
    void stop() {
        log += "-" + name + " ";
        waiting.stop();
    }

    pause waiting;
    std::string name;
    std::string& log;
};

void add(task_group& to, loop& l) {
    to.add(
        "loop", [&l] { return l.run(); }, [&l] { l.stop(); });
}

// Until its timer is cancelled, whatever stop() says.
struct deaf {
    explicit deaf(boost::asio::io_context& context)
        : timer(context.get_executor(), steady_clock::now() + seconds{60}) {}

    awaitable<void> run() {
        boost::system::error_code ignored;
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }

    boost::asio::steady_timer timer;
};

awaitable<void> fail() {
    throw std::runtime_error("a defect");
    co_return;
}

TEST_CASE("tasks are stopped one after another in the reverse of the order in which they were added") {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    std::string log;
    loop a(context, "a", log);
    loop b(context, "b", log);
    loop c(context, "c", log);
    for (loop* l : {&a, &b, &c}) add(group, *l);
    context.poll();
    test::run(context, group.stop(deadline::in(seconds{30})));
    CHECK(log == "+a +b +c -c c -b b -a a ");
}

TEST_CASE("a background task that throws leaves the others running and needs no time to be stopped") {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    std::string log;
    loop before(context, "before", log);
    loop behind(context, "behind", log);
    add(group, before);
    group.add("thrower", fail, [&log] { log += "-thrower "; });
    add(group, behind);
    context.poll();
    CHECK(log == "+before +behind ");
    log.clear();
    const auto begun = steady_clock::now();
    test::run(context, group.stop(deadline::in(seconds{90})));
    CHECK(log == "-behind behind -thrower -before before ");
    CHECK(steady_clock::now() - begun < seconds{20});
}

awaitable<void> stop_beside(task_group& group, deaf& last, std::string& log, std::string& so_far) {
    co_await group.stop(deadline::in(seconds{1}));
    so_far = log;
    last.timer.cancel();
}

TEST_CASE("a task that does not end in its share of the time is left behind and the others still end") {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    std::string log;
    std::string so_far;
    loop before(context, "before", log);
    deaf last(context);
    add(group, before);
    group.add(
        "deaf", [&last] { return last.run(); }, [&log] { log += "-deaf "; });
    context.poll();
    test::run(context, stop_beside(group, last, log, so_far));
    CHECK(so_far == "+before -deaf -before before ");
}

TEST_CASE("after the deadline every task is still told to stop") {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    std::string log;
    loop a(context, "a", log);
    loop b(context, "b", log);
    add(group, a);
    add(group, b);
    context.poll();
    test::run(context, group.stop(deadline::in(-seconds{1})));
    CHECK(log == "+a +b -b -a b a ");
}

TEST_CASE("an empty group is stopped at once") {
    boost::asio::io_context context;
    task_group group(context.get_executor());
    test::run(context, group.stop(deadline::in(seconds{5})));
    test::run(context, group.stop(deadline::in(seconds{5})));
}

}  // namespace

}  // namespace weir::task_group_test
