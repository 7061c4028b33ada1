// Refuses SQL that finds a row under more texts than the one that a change names.
#include "weir/config/sql_foldings.hpp"

#include "drafts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

namespace weir::config {
namespace {

// Returns whether the names of a change have one that the template gives.
bool names_any(const std::vector<key_template>& names, const key_template& owned) {
    return std::any_of(names.begin(), names.end(), [&](const key_template& n) { return owned.covers(n); });
}

// Returns whether the change names a tag that every entry of the resource has. Then it forgets all of them.
bool forgets_all(const row_names& names, const resource& r) {
    return std::any_of(r.cached->tags.begin(), r.cached->tags.end(), [&](const key_template& tag) {
        return tag.names().empty() && names_any(names.tags, tag);
    });
}

void add_parameters(const resource& r, const key_template& of, std::set<std::string>& to) {
    for (const auto& segment : of.segments()) {
        const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
        if (placeholder != nullptr) to.insert(r.parameters[placeholder->index].name);
    }
}

// Adds the parameters of the templates that these names build from columns.
void add_named(const resource& r, const row_names& names, std::set<std::string>& to) {
    if (forgets_all(names, r)) return;
    if (names_any(names.keys, r.cached->key)) add_parameters(r, r.cached->key, to);
    for (const auto& tag : r.cached->tags) {
        if (names_any(names.tags, tag)) add_parameters(r, tag, to);
    }
}

std::set<std::string> named_parameters(const resource_draft& r, const drafts& all) {
    std::set<std::string> out;
    if (!r.has_key()) return out;
    for (const change_draft& c : all.changes) {
        add_named(r.value, c.value, out);
        for (const through_query& query : c.value.through) add_named(r.value, query, out);
    }
    return out;
}

bool is_of_case(const std::string& function) {
    return function == "lower" || function == "upper" || function == "initcap" || function == "casefold";
}

// Returns whether the rule gives each value that is compared so the one text that the change gives its row.
bool is_covered(const parameter& p, const sql_folding& f) {
    if (p.is_cursor || p.rule.type != value_type::text) return true;
    if (f.what == folding_of::parameter && !p.rule.one_of.empty()) return true;
    return p.rule.folded && f.function == "lower";
}

std::string remedy(const parameter& p, const sql_folding& f) {
    const std::string_view source = p.source == parameter_source::path ? "parameter" : "query";
    if (!is_of_case(f.function)) {
        return fmt::format("compare column = {{{0}}}; or let the change name a tag without {{{0}}}", p.name);
    }
    return fmt::format("declare {1}.{0} = {{ lower = true }}, and compare lower(column) = {{{0}}}", p.name,
                       source);
}

std::string spelt(const sql_folding& f) {
    switch (f.what) {
        case folding_of::parameter:
            return fmt::format("{}({{{}}})", f.function, f.parameter);
        case folding_of::column:
            return fmt::format("{}(…) with {{{}}}", f.function, f.parameter);
    }
    return {};
}

void check_resource(const resource_draft& r, const drafts& all) {
    const auto named = named_parameters(r, all);
    section from = r.from;
    const auto sql = from.verbatim("sql");
    if (!sql || named.empty()) return;
    for (const sql_folding& f : foldings(sql->text)) {
        const auto& known = r.value.parameters;
        const auto p = std::find_if(known.begin(), known.end(),
                                    [&](const parameter& of) { return of.name == f.parameter; });
        if (p == known.end() || !named.contains(f.parameter) || is_covered(*p, f)) continue;
        from.complain(
            from.position_in("sql", f.offset),
            fmt::format("{}.sql compares {}: one row is found under several spellings, each with a key, and "
                        "a change names only one",
                        from.title(), spelt(f)),
            remedy(*p, f));
    }
}

}  // namespace

void check_foldings(const drafts& all) {
    for (const auto& r : all.resources) check_resource(r, all);
}

}  // namespace weir::config
