// What the readers made of each declaration, wrong ones included. A resource whose TTL is missing still
// counts when a change looks for its key: otherwise one mistake would be reported as ten.
#pragma once

#include "weir/policy/policy.hpp"

#include "name_index.hpp"
#include "problems.hpp"
#include "section.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::config {

template <class Value>
struct draft {
    explicit draft(section s) : from(std::move(s)) { value.name = from.name(); }

    const std::string& title() const { return from.title(); }  // "resource.products"
    position at(std::string_view field) const { return from.at(field); }

    section from;  // for the positions of its fields
    Value value;
};

struct resource_draft : draft<resource> {
    using draft::draft;

    // Returns whether it is cached under a key that could be read.
    bool has_key() const { return value.cached && !value.cached->key.segments().empty(); }

    bool has_refused_tag = false;
};

struct change_draft {
    section from;
    change value;
    std::vector<section> through = {};  // in the order of value.through
};

using write_draft = draft<write>;

struct drafts {
    std::vector<resource_draft> resources;
    std::vector<change_draft> changes;
    std::vector<write_draft> writes;

    // Indices into the lists above.
    name_index keys;  // of the resources
    name_index tags;
    std::map<std::string, std::size_t, std::less<>> change_of_table;  // by table_without_schema()

    // Adds them, with what finds them later.
    void add(resource_draft r);
    void add(change_draft c);

    // Returns the change of a table, however its name is written; null if there is none.
    const change_draft* find_change(std::string_view table) const;

    // Returns the resources whose key or tags the names may be, in ascending order.
    std::vector<std::size_t> owners_of(const row_names& names) const;
    std::vector<std::size_t> owners_of(const change& c) const;  // with its queries
};

// Reads a table of the root, and adds its declarations to `all`, like the two functions below.
void read_resources(section& root, drafts& all);
void read_changes(section& root, drafts& all);  // after the resources: it takes their rules
void read_writes(section& root, drafts& all);   // after the changes: a write needs one

// Checks that no two paths and no two keys overlap. Needs all drafts.
void check_overlaps(const drafts& all, problems& out);

// Checks that a key's column is what the resource's SQL compares the parameter with. Needs all drafts.
void check_filters(const drafts& all, problems& out);

// Checks that the SQL finds a row under no other text of a parameter than the one that a change names. Needs
// all drafts.
void check_foldings(const drafts& all);

}  // namespace weir::config
