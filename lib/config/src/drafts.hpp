// What the readers made of each declaration, wrong ones included: a resource whose TTL is missing still
// counts when a change looks for its key, or one mistake would be reported as ten.
#pragma once

#include "weir/policy/policy.hpp"

#include "problems.hpp"
#include "section.hpp"

#include <string>
#include <vector>

namespace weir::config {

struct resource_draft {
    resource value;
    std::string title;  // "resource.products"
    place at;
    place path_at;
    place key_at;
    place when_at;
    place l1_ttl_at;
    place degraded_ttl_at;
    bool has_refused_tag = false;

    // Whether it is cached under a key that could be read.
    bool has_key() const { return value.cached && !value.cached->key.segments().empty(); }
};

struct change_draft {
    change value;
    std::string title;
    place table_at;
};

struct write_draft {
    write value;
    std::string title;
    place path_at;
};

struct drafts {
    std::vector<resource_draft> resources;
    std::vector<change_draft> changes;
    std::vector<write_draft> writes;
};

// Each adds to `all` what it read from its table of the root.
void read_resources(section& root, drafts& all);
void read_changes(section& root, drafts& all);  // after the resources: it takes their rules
void read_writes(section& root, drafts& all);   // after the changes: a write needs one

// What can only be seen with everything at hand: paths and keys that overlap.
void check_overlaps(const drafts& all, problems& out);

}  // namespace weir::config
