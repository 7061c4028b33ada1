// Moving bytes between a connection's socket and its buffers.
//
// Run on the worker's executor. The sweep cancels what takes too long; the drain's deadline cancels
// everything.
#pragma once

#include "weir/async/bounded.hpp"

#include "listener.hpp"

namespace weir::http {

enum class arrival {
    bytes,
    nothing,
    too_slow
};  // nothing: closed by the client, idle for too long, or drained

// Writes what waits, then reads once. In the idle and the head phase it keeps the phase's time.
awaitable<arrival> read_some(connection& c, listener& l);

// Writes everything that waits; false when the client is gone or does not read.
awaitable<bool> write_out(connection& c, listener& l);

// After an answer that says `Connection: close`: the client may still be sending, and closing on unread bytes
// would reset the connection and take the answer with it. So this side ends first, and what comes is dropped
// for a while.
awaitable<void> hang_up(connection& c);

}  // namespace weir::http
