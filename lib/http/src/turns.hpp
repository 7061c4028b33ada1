// What becomes of a connection that waited for its next request when something happens on it.
//
// Plain functions on the worker's executor. A hit is answered in here, from readable socket to written
// answer; only what cannot be finished at once gets a coroutine.
#pragma once

#include "listener.hpp"

#include <exception>
#include <memory>
#include <string_view>
#include <sys/epoll.h>

namespace weir::http {

using listener_ptr = std::shared_ptr<listener>;

// Reads from a connection that waits, and answers what it can. Afterwards it waits again, or has a session,
// or is closed and gone.
void take_turn(const listener_ptr& l, connection& c);

// The poller's word: a turn for who waits, a wake-up for who has a session.
void be_told(const listener_ptr& l, const epoll_event& e);

// Ends a connection without a session: `c` is gone.
void close(listener& l, connection& c);

// What a coroutine threw. Being cancelled is how it ends at the drain's deadline.
void log_failure(std::string_view event, const std::exception_ptr& failure);

}  // namespace weir::http
