// From a key back to its request: the resource and the values that give the key. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct parsed_key {
    const resource* what = nullptr;   // of the policy that was passed
    std::vector<std::string> values;  // normalised, in the resource's order
};

// Returns nullopt for a key that no request can have made, and for a key with a hashed part, which cannot be
// read back.
std::optional<parsed_key> parse_key(const policy& p, std::string_view key);

}  // namespace weir
