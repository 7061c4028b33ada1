// Derives the keys and tags that changed rows touch. Pure.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/policy.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

// A row as it was before or after a write: the columns that its table's change names, as text. NULL is
// nullopt.
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

// A column whose value gave no key, so that the whole resource is forgotten.
struct refused_column {
    std::string table;
    std::string column;
    std::string resource;

    auto operator<=>(const refused_column&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14
};

// What to forget. All sorted, without duplicates.
struct touched {
    std::vector<std::string> keys;
    std::vector<std::string> tags;
    std::vector<refused_column> refused = {};

    bool empty() const { return keys.empty() && tags.empty(); }
};

// Returns the names that the rows touch by their own columns. through.hpp adds what their queries find.
//
// An array's elements each give a name. A template with a column that is NULL, or whose value the resource's
// rule does not allow, gives no name: no request can have asked for it. A value in another spelling than the
// rule's may equal an allowed one ("5.0" in a numeric column behind an integer). A value that is missing from
// the image may be any. In both cases the template gives the tag of every resource that has it
// (resource_tag), and a refused_column.
//
// Rows of undeclared tables give nothing. Bulk rows, and more than bulk_rows images of one table, give no
// keys, but the tag of every resource that the table's change reaches.
touched touched_by(const policy& p, const std::vector<outbox_row>& rows);

// Returns whether a row of the change's table may change what `r` answers: some name of the change, or of one
// of its queries, may be a key or a tag of `r`.
bool reaches(const change& c, const resource& r);

// A way on which a change reaches a resource.
struct way {
    const change* from = nullptr;
    const through_query* through = nullptr;  // nullptr: by the row's own columns
    bool is_by_key = false;                  // false: by a tag alone
};

// Returns the ways to a cached resource, in the order of the changes.
std::vector<way> ways_to(const policy& p, const resource& r);

// Tags as L2 knows them: weir:v1:tag:products:pages:en, and of each resource as a whole weir:v1:all:product.
std::string tag_head(const std::string& key_head);
std::string resource_tag(const std::string& key_head, const resource& r);

// Returns the tag that an operator wrote: products:pages:en or all:product, with or without weir:v1:tag: or
// weir:v1: before it. Returns nullopt for a tag that no resource has.
std::optional<std::string> find_tag(const policy& p, std::string_view written);

// Returns the tags of an answer: the resource's own first, then its declared ones. `key_head` is the
// policy's; `values` as for the key.
std::vector<std::string> tags_of(const std::string& key_head, const resource& r,
                                 const std::vector<std::string>& values);

}  // namespace weir
