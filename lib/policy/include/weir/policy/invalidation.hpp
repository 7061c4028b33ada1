// From changed rows to the keys and tags they touch. Pure.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

// A row as it was before or after a write: the columns that its table's change names, as text; nothing for
// null.
struct row_image {
    std::string table;
    std::vector<std::pair<std::string, std::optional<std::string>>> columns;
};

struct outbox_row {
    std::int64_t id = 0;
    row_image image;
    bool is_bulk = false;  // instead of an image: any row of the table may have changed
    milliseconds age{};    // since the trigger recorded it, by the database's clock; zero when not known
};

// What to forget. Both sorted, without duplicates.
struct touched {
    std::vector<std::string> keys;
    std::vector<std::string> tags;

    bool empty() const { return keys.empty() && tags.empty(); }
};

// A template with a column that is null, absent or not acceptable to the resource's rule gives no name: no
// request can have asked for it. Rows of undeclared tables give none either. Bulk rows, and more than
// bulk_rows images of one table, give the tag of every resource that the table's change reaches
// (resource_tag) in place of keys.
touched touched_by(const policy& p, const std::vector<outbox_row>& rows);

// Whether a row of the change's table may change what `r` answers: they share a key's shape or a tag's.
bool reaches(const change& c, const resource& r);

// Tags as L2 knows them: weir:v1:tag:products:pages:en, and of each resource as a whole weir:v1:all:product.
std::string tag_head(const policy& p);
std::string resource_tag(const policy& p, const resource& r);

// The same from what a person writes: products:pages:en or all:product, with or without weir:v1:tag: or
// weir:v1: before it. Nothing for a tag that no resource has.
std::optional<std::string> find_tag(const policy& p, std::string_view written);

// The resource's own tag first, then its declared ones. `values` as for the key.
std::vector<std::string> tags_of(const policy& p, const resource& r, const std::vector<std::string>& values);

}  // namespace weir
