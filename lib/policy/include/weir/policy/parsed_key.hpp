// Reads a key back: the resource and the values that it was rendered from. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct parsed_key {
    const resource* what = nullptr;   // of the given policy
    std::vector<std::string> values;  // normalised, in the resource's order
};

// Returns nullopt for a key that no request can have made, and for one with a hashed part, which cannot be
// read back.
std::optional<parsed_key> parse_key(const policy& p, std::string_view key);

}  // namespace weir
