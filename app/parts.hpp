// What the workers and the control side are made from: drivers and limits as the settings declare them.
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

// One of `parts` equal parts of a number that the file gives for the whole process; never zero.
std::size_t share(std::size_t total, std::size_t parts);

// Throw std::runtime_error for a URL that cannot be used.
redis::options redis_options(const config::redis_settings& s);
postgres::conninfo postgres_address(const config::settings& s);

postgres::pool_options pool_options(const config::settings& s, std::size_t connections);
milliseconds l2_timeout(const config::settings& s);
http::server_options server_options(const config::settings& s, std::string listener, std::size_t workers);

// Throws std::runtime_error naming the address that could not be had.
void bind(boost::asio::io_context& context, http::server& server, const config::endpoint& at,
          http::reuse_port reuse);

}  // namespace weir::app
