// What a stored answer was made by: a number that differs when the resource's SQL differs, or the changes
// that reach the resource. An entry of another definition is a miss: it may be another answer, or may have
// missed an invalidation that only the new changes would have caused. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <cstdint>

namespace weir {

// Returns the definition of a cached resource: a hash of its load, its key, and the changes that reach it.
// Times and limits are no part of it: another TTL keeps what is stored.
std::uint64_t definition_of(const policy& p, const resource& r);

}  // namespace weir
