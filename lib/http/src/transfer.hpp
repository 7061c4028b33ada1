// Moves bytes between a connection's socket and its workspace.
//
// Runs on the worker's executor. A session that waits here is woken by the poller, by the sweep when it takes
// too long, and by the drain's deadline, which also closes the socket.
#pragma once

#include "weir/async/bounded.hpp"

#include "listener.hpp"

namespace weir::http {

enum class arrival {
    bytes,
    none_yet,
    too_slow,
    nothing,  // closed, by the client or by the drain's deadline
};

// Reads what is there now: bytes, none_yet or nothing. `l.now` is then a time after they came.
arrival receive(connection& c, listener& l);

// Waits for bytes. Returns none_yet at once if no request has begun.
awaitable<arrival> read_some(connection& c, listener& l);

enum class sending { done, blocked, failed };

// Writes as much of what waits as the socket takes at once.
sending send(connection& c);

// Writes everything that waits. Returns false if the client is gone or does not read.
awaitable<bool> write_out(connection& c, listener& l);

// Closes after an answer that says `Connection: close`. The client may still be sending, and closing on
// unread bytes would reset the connection and lose the answer. So this side ends first, and drops what comes
// for a while.
awaitable<void> lingering_close(connection& c, listener& l);

}  // namespace weir::http
