// One client's connection, from its first byte to its close.
#pragma once

#include "weir/async/bounded.hpp"

#include "listener.hpp"

namespace weir::http {

// Completes when the connection is to be closed. Throws only when cancelled (the drain's deadline).
awaitable<void> serve(connection& c, listener& l);

}  // namespace weir::http
