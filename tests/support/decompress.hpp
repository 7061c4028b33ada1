// What clients do with a coded body: the other half of compress(), for tests.
#pragma once

#include "weir/policy/coding.hpp"

#include <string>
#include <string_view>

namespace weir::testing {

// Throws std::runtime_error unless `bytes` is one whole stream of that coding and nothing else.
std::string decompressed(coding how, std::string_view bytes);

}  // namespace weir::testing
