// The address of a database for a file that others may read. Pure.
#pragma once

#include "weir/postgres/conninfo.hpp"

#include <string>

namespace weir::init {

// Returns a URL with the user, the hosts, the database and what says how to connect, but without a password
// or any other secret. Whatever is special in a URL or in the file is percent-encoded.
std::string public_url(const postgres::conninfo& to);

}  // namespace weir::init
