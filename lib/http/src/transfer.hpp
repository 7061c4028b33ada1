// Moving bytes between a connection's socket and its desk.
//
// Run on the worker's executor. What waits is woken by the poller, by the sweep when it takes too long, and
// by the drain's deadline, which also closes the socket.
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

// What is there now: bytes, none_yet or nothing. `l.now` is then a time after they came.
arrival receive(connection& c, listener& l);

// Waits for some, but none_yet when nothing of a request is there.
awaitable<arrival> read_some(connection& c, listener& l);

enum class sending { done, blocked, failed };

// As much of what waits as the socket takes at once.
sending send(connection& c);

// Everything that waits; false when the client is gone or does not read.
awaitable<bool> write_out(connection& c, listener& l);

// After an answer that says `Connection: close`: the client may still be sending, and closing on unread bytes
// would reset the connection and take the answer with it. So this side ends first, and what comes is dropped
// for a while.
awaitable<void> hang_up(connection& c, listener& l);

}  // namespace weir::http
