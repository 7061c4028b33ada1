// What commands report about a file: its own mistakes, and what the database says against it.
#pragma once

#include "weir/config/load.hpp"
#include "weir/schema/declarations.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

namespace weir::app {

struct reported {
    config::problem at;
    std::string severity = "error";  // "warning", or "note": what could not be judged
    std::string resource = {};       // its name; empty if it concerns none
    std::string table = {};          // or a function
};

// Returns what config found, with the resource that the text names.
std::vector<reported> reported_of(const std::vector<config::problem>& problems, const std::string& severity);

// Returns what the database found, with its position in the file.
std::vector<reported> reported_of(const config::configuration& c, const findings& found);

// Returns "config/weir.toml:12:8: warning: what\n    -> todo".
std::string to_text(const reported& r);

// Returns an array of objects with file, line, column, severity, resource, table, what and todo. A line break
// ends it.
std::string to_json(const std::vector<reported>& all);

bool has_errors(const std::vector<reported>& all);

// Runs a check to its end on a context of its own.
checked_declarations run_check(const std::function<awaitable<checked_declarations>()>& check);

}  // namespace weir::app
