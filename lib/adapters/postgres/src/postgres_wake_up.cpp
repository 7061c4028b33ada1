#include "weir/adapters/postgres_wake_up.hpp"

#include "weir/base/log.hpp"

#include <utility>

namespace weir {
namespace {

// A migration knows sessions of earlier versions of Weir by their other spelling.
constexpr const char* listen_sql = R"(listen "weir_outbox")";
constexpr const char* ping_sql = "select 'awake'";

}  // namespace

postgres_wake_up::postgres_wake_up(const boost::asio::any_io_executor& executor, wake_up_options options,
                                   std::function<void()> wake)
    : options_(std::move(options)),
      wake_(std::move(wake)),
      session_(executor, {.first = options_.reconnect_first, .most = options_.reconnect_most}) {}

awaitable<void> postgres_wake_up::run() {
    return session_.run([this](postgres::connection& on) { return listen_until_lost(on); });
}

// Connects and listens until the connection ends.
awaitable<postgres::background_connection::then> postgres_wake_up::listen_until_lost(
    postgres::connection& on) {
    using then = postgres::background_connection::then;
    error_code why;
    const auto listening = co_await listen(on);
    if (listening) {
        is_listening_ = true;
        if (std::exchange(is_failing_, false)) log::info("wake_up_recovered");
        wake_();
        why = co_await follow(on);
    } else {
        why = listening.error();
    }
    if (!session_.is_stopped()) note(why);
    co_return is_listening_.exchange(false) ? then::again_soon : then::again;
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
