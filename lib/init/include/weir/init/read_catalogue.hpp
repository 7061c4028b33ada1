// Reads the catalogue of a database: every table that is not a system's, an extension's or Weir's own, and
// not temporary. Partitions belong to their parent.
#pragma once

#include "weir/init/catalogue.hpp"
#include "weir/postgres/connection.hpp"

namespace weir::init {

// Reads in one read-only transaction, so that all parts fit together. The connection must be idle.
awaitable<result<catalogue>> read_catalogue(postgres::connection& on, deadline until);

}  // namespace weir::init
