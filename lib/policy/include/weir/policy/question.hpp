// From a key back to what was asked: the resource and the values that give it. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct question {
    const resource* what = nullptr;   // of the policy asked
    std::vector<std::string> values;  // normalised, in the resource's order
};

// Nothing for what no request can have made, and for a key with a hashed part, which cannot be read back.
std::optional<question> question_of(const policy& p, std::string_view key);

}  // namespace weir
