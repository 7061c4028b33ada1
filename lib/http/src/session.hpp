// The state machine of a client's connection, on its worker's executor.
//
//     idle ── readable ──► on_readable ── answered at once ──► idle
//                              │
//                              └─ needs time ──► session ──► idle, or closed
//
// A connection that waits for its next request (phase idle) is a socket in the poller's set. When it becomes
// readable, a plain function reads, answers what can be answered at once, and writes: that is all of a hit.
// Only a connection with something that needs time gets a session, which is a coroutine. It ends when the
// connection is idle again, or closed. The server's sweep cuts what is late in any phase.
#pragma once

#include "listener.hpp"

#include <exception>
#include <memory>
#include <string_view>
#include <sys/epoll.h>

namespace weir::http {

using listener_ptr = std::shared_ptr<listener>;

// Reads from an idle connection and answers what it can. Afterwards the connection is idle again, or has a
// session, or is closed and gone.
void on_readable(const listener_ptr& l, connection& c);

// Takes an event of the poller: an idle connection is read, a session is woken.
void on_event(const listener_ptr& l, const epoll_event& e);

// Closes a connection that has no session: `c` is gone.
void close(listener& l, connection& c);

// Logs what a coroutine threw, unless it was cancelled: that is how it ends at the drain's deadline.
void log_failure(std::string_view event, const std::exception_ptr& failure);

}  // namespace weir::http
