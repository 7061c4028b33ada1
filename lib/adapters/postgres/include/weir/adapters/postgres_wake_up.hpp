// Tells the relay that another writer has recorded something: LISTEN on a connection of its own.
//
// Only a wake-up, never the news itself: notifications get lost with their connection, so the outbox is
// polled besides, and `wake` is also called after every (re)connect, because one may have been missed. Needs
// a session of its own: a pooler that shares sessions between transactions must be passed by.
//
// One per process, a background coroutine on one executor, where `wake` is called and which stop() is called
// on. A peer that is gone without a word is noticed by a question now and then.
#pragma once

#include "weir/async/task.hpp"
#include "weir/postgres/connection.hpp"
#include "weir/postgres/conninfo.hpp"

#include <atomic>
#include <functional>

namespace weir {

struct wake_up_options {
    postgres::conninfo to;
    milliseconds connect_timeout{1000};
    milliseconds quiet_max{5000};       // after so long without a notification the server is asked
    milliseconds answer_timeout{1000};  // for that question
    milliseconds reconnect_first{100};
    milliseconds reconnect_most{5000};
};

class postgres_wake_up {
 public:
    postgres_wake_up(const boost::asio::any_io_executor& executor, wake_up_options options,
                     std::function<void()> wake);

    awaitable<void> run();
    void stop();

    bool is_listening() const { return is_listening_; }  // any thread

 private:
    awaitable<result<void>> listen(postgres::connection& on);
    awaitable<error_code> follow(postgres::connection& on);
    awaitable<error_code> listen_until_lost();
    void note(error_code why);

    wake_up_options options_;
    std::function<void()> wake_;
    pause pause_;
    postgres::connection* current_ = nullptr;  // lives in listen_until_lost
    std::atomic<bool> is_listening_{false};
    bool is_failing_ = false;  // so that an outage is logged when it begins, not at every attempt
};

}  // namespace weir
