// Reads how a resource is cached: its key, its tags and its times.
#pragma once

#include "weir/config/settings.hpp"

#include "drafts.hpp"

namespace weir::config {

// Fills draft.value.cached. Without a path (`has_path` is false) the parameters are unknown, and only the
// form of key and tags is checked.
void read_cacheable(resource_draft& draft, bool has_path);

// Refuses each field that only a cached resource has.
void refuse_cacheable(resource_draft& draft);

// Checks its times against each other (cacheable_checks.cpp).
void check_times(resource_draft& draft);

// Checks its times against the tiers that this process has.
void check_tiers(const drafts& all, const settings& process, problems& out);

}  // namespace weir::config
