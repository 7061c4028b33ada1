// Tells the relay that another process has recorded changes: LISTEN on a connection of its own.
//
// A notification is only a wake-up, never the news itself: notifications get lost with their connection. So
// the outbox is polled besides, and `wake` is also called after every connect, because a notification may
// have been missed. Needs a session of its own: connect directly, not through a pooler that shares sessions
// between transactions.
//
// One per process, a background coroutine on control's executor. `wake` is called there, and stop() must be
// called there. A query now and then finds a server that went away without closing the connection.
#pragma once

#include "weir/postgres/background_connection.hpp"
#include "weir/postgres/conninfo.hpp"

#include <atomic>
#include <functional>

namespace weir {

struct wake_up_options {
    postgres::conninfo to;
    milliseconds connect_timeout{1000};
    milliseconds quiet_max{5000};       // after so long without a notification it queries the server
    milliseconds answer_timeout{1000};  // for that query
    milliseconds reconnect_first{100};
    milliseconds reconnect_most{5000};
};

class postgres_wake_up {
 public:
    postgres_wake_up(const boost::asio::any_io_executor& executor, wake_up_options options,
                     std::function<void()> wake);

    awaitable<void> run();
    void stop() { session_.stop(); }

    bool is_listening() const { return is_listening_; }  // any thread

 private:
    awaitable<result<void>> listen(postgres::connection& on);
    awaitable<error_code> follow(postgres::connection& on);
    awaitable<postgres::background_connection::then> listen_until_lost(postgres::connection& on);
    void note(error_code why);

    wake_up_options options_;
    std::function<void()> wake_;
    postgres::background_connection session_;
    std::atomic<bool> is_listening_{false};
    bool is_failing_ = false;  // an outage is logged when it begins, not at every attempt
};

}  // namespace weir
