// Makes the parts of workers and of the control side: drivers and limits as the settings declare them.
#pragma once

#include "weir/adapters/redis_l2.hpp"
#include "weir/config/settings.hpp"
#include "weir/http/server.hpp"
#include "weir/postgres/pool.hpp"
#include "weir/redis/url.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <string>

namespace weir::app {

// Returns one of `parts` equal parts of a number that the file gives for the whole process. Never zero.
std::size_t share(std::size_t total, std::size_t parts);

// Reads the options. Throws std::runtime_error for a URL that cannot be used, like the next function.
redis::options redis_options(const config::redis_settings& s);
postgres::conninfo postgres_address(const config::settings& s);

postgres::pool_options pool_options(const config::settings& s, std::size_t connections);
milliseconds l2_timeout(const config::settings& s);
http::server_options server_options(const config::settings& s, std::string listener, std::size_t workers);

// Binds the listener. Throws std::runtime_error that names the address if it is not available.
void bind(boost::asio::io_context& context, http::server& server, const config::endpoint& at,
          http::reuse_port reuse);

}  // namespace weir::app
