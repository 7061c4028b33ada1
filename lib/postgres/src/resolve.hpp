// Host names to addresses without blocking: libpq itself would sit in getaddrinfo.
// Runs on the caller's executor. Ends by the deadline or when `timer` is cancelled, whatever the resolver
// does.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/postgres/conninfo.hpp"

#include <string>
#include <vector>

namespace weir::postgres {

// The parameters "host", "hostaddr" and "port" of `info` with every name replaced by its addresses, in order.
awaitable<result<conninfo>> resolved(conninfo info, boost::asio::steady_timer& timer, deadline until);

}  // namespace weir::postgres
