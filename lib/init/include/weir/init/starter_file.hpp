// Writes the configuration that a new user begins with: for each table an item by its key, a list by each
// foreign key and by pages, the table's change, and its writes. What cannot be served is named in a comment
// with the reason. Pure.
#pragma once

#include "weir/init/catalogue.hpp"

#include <string>

namespace weir::init {

struct starter_options {
    std::string postgres_url;  // the default of ${WEIR_POSTGRES_URL}; has no password
};

struct starter {
    std::string text;        // TOML
    std::size_t tables = 0;  // that are served
};

starter starter_file(const catalogue& from, const starter_options& options);

}  // namespace weir::init
