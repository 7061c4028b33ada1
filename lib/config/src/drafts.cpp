#include "drafts.hpp"

#include <algorithm>

namespace weir::config {
namespace {

// Returns the name without the schema that is meant where none is written (is_same_table).
std::string_view table_without_schema(std::string_view table) {
    constexpr std::string_view schema = "public.";
    return table.starts_with(schema) ? table.substr(schema.size()) : table;
}

void sort_once(std::vector<std::size_t>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

void append(std::vector<std::size_t>& to, const std::vector<std::size_t>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

void drafts::add(resource_draft r) {
    if (r.has_key()) keys.add(shape_of(r.value.cached->key), resources.size());
    if (r.value.cached) {
        for (const key_template& tag : r.value.cached->tags) tags.add(shape_of(tag), resources.size());
    }
    resources.push_back(std::move(r));
}

void drafts::add(change_draft c) {
    change_of_table.try_emplace(std::string{table_without_schema(c.value.table)}, changes.size());
    changes.push_back(std::move(c));
}

const change_draft* drafts::find_change(std::string_view table) const {
    const auto found = change_of_table.find(table_without_schema(table));
    return found == change_of_table.end() ? nullptr : &changes[found->second];
}

std::vector<std::size_t> drafts::owners_of(const row_names& names) const {
    std::vector<std::size_t> found;
    for (const key_template& key : names.keys) append(found, keys.overlapping(shape_of(key)));
    for (const key_template& tag : names.tags) append(found, tags.overlapping(shape_of(tag)));
    sort_once(found);
    return found;
}

std::vector<std::size_t> drafts::owners_of(const change& c) const {
    std::vector<std::size_t> found = owners_of(static_cast<const row_names&>(c));
    for (const through_query& query : c.through) append(found, owners_of(query));
    sort_once(found);
    return found;
}

}  // namespace weir::config
