// Reads [compression], and decides which resources are compressed.
#pragma once

#include "weir/config/settings.hpp"
#include "weir/policy/policy.hpp"

#include "section.hpp"

namespace weir::config {

compression read_compression(section& root);

// Switches compression off for the resources that are never in L1: L1 holds the compressed variants.
void apply_compression(policy& to, const l1_settings& l1);

// Returns the line about compression that `weir check` prints.
std::string compression_text(const policy& p);

}  // namespace weir::config
