// Opens a connected socket, TCP or unix. Runs on the caller's executor and ends by the deadline, however long
// the resolver takes.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/url.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

namespace weir::redis {

using stream_socket = boost::asio::generic::stream_protocol::socket;

// Errors: those of the system or the resolver, or errc::timeout.
awaitable<result<stream_socket>> open_socket(const options& to, deadline until);

}  // namespace weir::redis
