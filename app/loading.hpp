// Loads the file that a command names, or explains why it cannot.
#pragma once

#include "weir/config/load.hpp"

#include <optional>
#include <string>

namespace weir::app {

// Returns the configuration. Returns nullopt after printing every problem.
std::optional<config::configuration> load_or_explain(const std::string& path, config::admin_token token);

}  // namespace weir::app
