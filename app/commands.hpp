// The commands. Each returns the process's exit code: 0, or 1 after it has printed on standard error what is
// wrong and what to do.
#pragma once

#include <string>

namespace weir::app {

int serve(const std::string& config_path);
int check(const std::string& config_path);
int migrate(const std::string& config_path, bool prints_only, bool prunes);

// Prints a JSON Schema of the configuration file, or the tables of docs/configuration.md.
int schema(bool as_markdown);

}  // namespace weir::app
