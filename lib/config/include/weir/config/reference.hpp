// Prints what the configuration file may contain. Both texts are made from the reader's own tables of fields.
#pragma once

#include <string>

namespace weir::config {

// Returns the tables of docs/configuration.md, each between two lines that mark it there:
//
//     <!-- fields of [server] -->
//     | field | type | default | |
//     …
//     <!-- end of fields -->
std::string reference_markdown();

// Returns a JSON Schema (draft 2020-12) of the file, for editors that check TOML against one.
std::string json_schema();

}  // namespace weir::config
