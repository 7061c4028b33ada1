// Reads the file top to bottom: settings, resources, changes and writes. Then come the checks that need all
// of them.
#include "weir/config/load.hpp"

#include "weir/policy/definition.hpp"
#include "weir/policy/shown_key.hpp"

#include "cacheable_reader.hpp"
#include "compression.hpp"
#include "document.hpp"
#include "drafts.hpp"
#include "policy_fields.hpp"
#include "section.hpp"
#include "settings_reader.hpp"
#include "through_reader.hpp"

#include <fstream>
#include <sstream>

namespace weir::config {
namespace {

constexpr std::size_t file_bytes_max = 16 << 20;  // a database of 3000 tables

// Returns the numbers of the changes that may touch each resource.
std::vector<std::vector<std::size_t>> changes_of_resources(const drafts& all) {
    std::vector<std::vector<std::size_t>> made(all.resources.size());
    for (std::size_t c = 0; c < all.changes.size(); ++c) {
        for (const std::size_t r : all.owners_of(all.changes[c].value)) made[r].push_back(c);
    }
    return made;
}

// Derives what a resource takes from the changes that may touch it: of a file with thousands, a few.
void derive(weir::policy& all, const std::vector<std::vector<std::size_t>>& changes) {
    for (std::size_t i = 0; i < all.resources.size(); ++i) {
        resource& r = all.resources[i];
        if (!r.cached) continue;
        weir::policy near;
        for (const std::size_t c : changes[i]) near.changes.push_back(all.changes[c]);
        r.cached->key_columns = key_columns_of(near, r);
        r.cached->definition = definition_of(near, r);
    }
}

void add_places(const drafts& all, places& to) {
    for (const auto& r : all.resources) r.from.add_places(to, r.title());
    for (const auto& w : all.writes) w.from.add_places(to, w.title());
    for (const auto& c : all.changes) c.from.add_places(to, "change of " + c.value.table);
}

weir::policy read_policy(section& root, const settings& process, problems& out, places& declared) {
    weir::policy made;
    read_table(root, "keys", key_fields, made);
    made.compress = read_compression(root);
    drafts all;
    read_resources(root, all);
    read_changes(root, all);
    read_writes(root, all);
    check_through(all, out);
    check_overlaps(all, out);
    check_filters(all, out);
    check_foldings(all);
    check_tiers(all, process, out);
    if (all.resources.empty()) {
        out.add({}, "no resource is declared",
                "declare at least one: [resource.products], see docs/configuration.md");
    }
    add_places(all, declared);
    const auto changes = changes_of_resources(all);
    for (auto& r : all.resources) made.resources.push_back(std::move(r.value));
    for (auto& c : all.changes) made.changes.push_back(std::move(c.value));
    for (auto& w : all.writes) made.writes.push_back(std::move(w.value));
    apply_compression(made, process.l1);
    derive(made, changes);
    return made;
}

loaded one_problem(const std::string& path, std::string what, std::string todo) {
    return std::vector<problem>{{path, 0, 0, std::move(what), std::move(todo)}};
}

}  // namespace

loaded parse(std::string_view text, const std::string& path, const environment& env, admin_token token,
             unset_variables unset) {
    problems out{path};
    const auto document = parse_document(text, path, out);
    if (!document) return out.sorted();
    configuration made;
    made.file = path;
    const file_text file{text};
    reading r{out, env, file, unset == unset_variables::noted ? &made.unset : nullptr};
    section root{r, *document, ""};
    made.settings = read_settings_of(root, token);
    made.policy = read_policy(root, made.settings, out, made.declared);
    root.finish();
    if (!out.empty()) return out.sorted();
    made.warnings = out.sorted_warnings();
    return made;
}

loaded load(const std::string& path, const environment& env, admin_token token, unset_variables unset) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        return one_problem(path, "the file cannot be read", "give its path with --config FILE");
    }
    if (text.view().size() > file_bytes_max) {
        return one_problem(path, "the file is larger than 16 MiB", "this does not look like a configuration");
    }
    return parse(text.view(), path, env, token, unset);
}

}  // namespace weir::config
