// Refuses SQL that finds a row under more values than the one that a change names.
#include "weir/config/sql_foldings.hpp"

#include "drafts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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

using placeholder = key_template::placeholder;

// The columns that changes write in the place of each parameter; of a literal, its text.
using named_columns = std::map<std::string, std::set<std::string>>;

void add_parameters(const resource& r, const key_template& of, const std::vector<key_template>& names,
                    named_columns& to) {
    for (const key_template& name : names) {
        if (!of.covers(name)) continue;
        for (std::size_t i = 0; i < of.segments().size(); ++i) {
            const auto* parameter = std::get_if<placeholder>(&of.segments()[i]);
            if (parameter == nullptr) continue;
            const auto* column = std::get_if<placeholder>(&name.segments()[i]);
            to[r.parameters[parameter->index].name].insert(
                column != nullptr ? column->name : std::get<std::string>(name.segments()[i]));
        }
    }
}

// Adds the parameters of the templates that these names build from columns.
void add_named(const resource& r, const row_names& names, named_columns& to) {
    if (forgets_all(names, r)) return;
    add_parameters(r, r.cached->key, names.keys, to);
    for (const auto& tag : r.cached->tags) add_parameters(r, tag, names.tags, to);
}

// The changes that may name each resource.
using changes_by_resource = std::vector<std::vector<const change_draft*>>;

named_columns named_parameters(const resource_draft& r, const std::vector<const change_draft*>& changes) {
    named_columns out;
    if (!r.has_key()) return out;
    for (const change_draft* c : changes) {
        add_named(r.value, c->value, out);
        for (const through_query& query : c->value.through) add_named(r.value, query, out);
    }
    return out;
}

bool is_of_case(const std::string& function) {
    return function == "lower" || function == "upper" || function == "initcap" || function == "casefold";
}

// Returns whether the function gives different values of a type other than text different results: their
// texts have one case, and nothing that is spelt in two ways.
bool keeps_apart(const std::string& function) {
    return is_of_case(function) || function == "unaccent" || function == "normalize" ||
           function == "to_timestamp";
}

// Returns whether a function of a row's number or time makes no name wrong, since none is made of that value.
bool is_of_another_column(const parameter& p, const sql_folding& f, const std::set<std::string>& columns) {
    if (f.what != folding_of::column || (p.rule.type == value_type::text && !is_rounding(f.function)))
        return false;
    return std::none_of(f.words.begin(), f.words.end(),
                        [&](const std::string& word) { return columns.contains(word); });
}

// Returns whether the rule gives each value that is compared so the one text that the change gives its row.
bool is_covered(const parameter& p, const sql_folding& f) {
    if (p.is_cursor) return true;
    if (p.rule.type != value_type::text) return keeps_apart(f.function);
    if (f.what == folding_of::parameter && !p.rule.one_of.empty()) return true;
    return p.rule.folded && f.function == "lower";
}

std::string remedy(const parameter& p, const sql_folding& f) {
    const std::string_view source = p.source == parameter_source::path ? "parameter" : "query";
    if (p.rule.type != value_type::text) {
        return fmt::format(
            "let the change name a column that has the same value, such as a generated one, and compare "
            "column "
            "= {{{0}}}; or let it name a tag without {{{0}}}",
            p.name);
    }
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

void check_resource(const resource_draft& r, const std::vector<const change_draft*>& changes) {
    const auto named = named_parameters(r, changes);
    section from = r.from;
    const auto sql = from.verbatim("sql");
    if (!sql || named.empty()) return;
    for (const sql_folding& f : foldings(sql->text)) {
        const auto& known = r.value.parameters;
        const auto p = std::find_if(known.begin(), known.end(),
                                    [&](const parameter& of) { return of.name == f.parameter; });
        const auto columns = named.find(f.parameter);
        if (p == known.end() || columns == named.end() || is_covered(*p, f)) continue;
        if (is_of_another_column(*p, f, columns->second)) continue;
        from.complain(
            from.position_in("sql", f.offset),
            fmt::format(
                "{}.sql compares {}: one row is found under several {}, each with a key, and a change "
                "names only one",
                from.title(), spelt(f), p->rule.type == value_type::text ? "spellings" : "values"),
            remedy(*p, f));
    }
}

}  // namespace

void check_foldings(const drafts& all) {
    changes_by_resource changes(all.resources.size());
    for (const change_draft& c : all.changes) {
        for (const std::size_t i : all.owners_of(c.value)) changes[i].push_back(&c);
    }
    for (std::size_t i = 0; i < changes.size(); ++i) check_resource(all.resources[i], changes[i]);
}

}  // namespace weir::config
