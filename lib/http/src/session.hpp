// A client's connection, as far as its requests cannot be answered at once: from there until it waits for its
// next request, or to its close.
#pragma once

#include "weir/async/bounded.hpp"

#include "listener.hpp"

namespace weir::http {

// Deals with what is at the connection's desk and with what comes meanwhile. Whether the connection then
// waits for its next request, else it is to be closed. Throws only when cancelled (the drain's deadline).
awaitable<bool> serve(connection& c, listener& l);

}  // namespace weir::http
