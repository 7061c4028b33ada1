#include "weir/adapters/postgres_wake_up.hpp"

#include "weir/async/backoff.hpp"
#include "weir/base/log.hpp"

#include <random>
#include <utility>

namespace weir {
namespace {

// A migration knows sessions of earlier versions of Weir by their other spelling.
constexpr const char* listen_sql = R"(listen "weir_outbox")";
constexpr const char* ping_sql = "select 'awake'";

}  // namespace

postgres_wake_up::postgres_wake_up(const boost::asio::any_io_executor& executor, wake_up_options options,
                                   std::function<void()> wake)
    : options_(std::move(options)), wake_(std::move(wake)), pause_(executor) {}

awaitable<void> postgres_wake_up::run() {
    std::minstd_rand random{std::random_device{}()};
    backoff between{.first = options_.reconnect_first, .most = options_.reconnect_most};
    while (!pause_.is_stopped()) {
        const auto why = co_await listen_until_lost();
        if (is_listening_.exchange(false)) between.reset();
        if (pause_.is_stopped()) co_return;
        note(why);
        const bool goes_on = co_await pause_.wait(between.next(std::uniform_real_distribution<>{}(random)));
        if (!goes_on) co_return;
    }
}

void postgres_wake_up::stop() {
    pause_.stop();
    if (current_ != nullptr) current_->cancel();
}

// Connects and listens until the connection ends. Each call makes a new connection, because one that was
// cancelled stays cancelled.
awaitable<error_code> postgres_wake_up::listen_until_lost() {
    postgres::connection own(co_await boost::asio::this_coro::executor);
    struct registration {
        postgres::connection*& current;
        ~registration() { current = nullptr; }
    } const guard{current_};
    current_ = &own;
    const auto listening = co_await listen(own);
    if (!listening) co_return listening.error();
    is_listening_ = true;
    if (std::exchange(is_failing_, false)) log::info("wake_up_recovered");
    wake_();
    co_return co_await follow(own);
}

awaitable<result<void>> postgres_wake_up::listen(postgres::connection& on) {
    const auto until = deadline::in(options_.connect_timeout);
    const auto connected = co_await on.connect(options_.to, until);
    if (!connected) co_return connected.error();
    const auto done = co_await on.exec(listen_sql, until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

awaitable<error_code> postgres_wake_up::follow(postgres::connection& on) {
    for (;;) {
        const auto notified = co_await on.notifications(deadline::in(options_.quiet_max));
        if (!notified) co_return notified.error();
        if (*notified > 0) {
            wake_();
            continue;
        }
        const auto answered = co_await on.exec(ping_sql, deadline::in(options_.answer_timeout));
        if (!answered) co_return answered.error();
    }
}

void postgres_wake_up::note(error_code why) {
    if (!is_failing_) log::warn("wake_up_failing", {{"why", why.message()}, {"instead", "polling"}});
    is_failing_ = true;
}

}  // namespace weir
