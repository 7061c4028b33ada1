// Resolves host names without blocking: libpq itself would wait in getaddrinfo.
// Runs on the caller's executor. Ends by the deadline or when `timer` is cancelled, however long the resolver
// takes.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/postgres/conninfo.hpp"

#include <string>
#include <vector>

namespace weir::postgres {

// Returns `info` with every name in the parameters "host", "hostaddr" and "port" replaced by its addresses,
// in their order.
awaitable<result<conninfo>> resolved(conninfo info, boost::asio::steady_timer& timer, deadline until);

}  // namespace weir::postgres
