// Durations and sizes as people write them: "250ms", "300s", "5m", "1h", "1d"; "64KiB", "1MiB". Pure.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::config {

// Reads a whole number and a unit with no space between them. Returns nullopt for anything else, and for a
// value that does not fit.
std::optional<milliseconds> parse_duration(std::string_view text);
std::optional<std::size_t> parse_size(std::string_view text);  // "512B", "64KiB", "1MiB", "1GiB", "0"

// Returns the shortest text that parse_… reads back to the same value.
std::string duration_text(milliseconds value);
std::string size_text(std::size_t value);

// Returns a text such as "1 write" or "4 changes". `noun` is singular and takes an s in the plural.
std::string count_text(std::size_t count, std::string_view noun);

}  // namespace weir::config
