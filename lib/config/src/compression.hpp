// Reads [compression], and decides which resources it is for.
#pragma once

#include "weir/config/settings.hpp"
#include "weir/policy/policy.hpp"

#include "section.hpp"

namespace weir::config {

compression read_compression(section& root);

// Variants belong to what L1 holds, so what is never in L1 is never compressed.
void apply_compression(policy& to, const l1_settings& l1);

// For `weir check`, in a line.
std::string compression_text(const policy& p);

}  // namespace weir::config
