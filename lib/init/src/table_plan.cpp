#include "table_plan.hpp"

#include "weir/base/placeholder.hpp"

#include "file_names.hpp"
#include "join_plan.hpp"
#include "personal.hpp"
#include "texts.hpp"
#include "unique_names.hpp"
#include "words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace weir::init {
namespace {

constexpr std::size_t stem_bytes_max = 40;

// Weir's own first segments of keys and of admin paths.
const std::set<std::string> reserved_stems{"tag",    "all",  "bus",        "lease",   "origin", "node",
                                           "outbox", "weir", "invalidate", "explain", "stats"};

std::string stem_of(const table& t) {
    std::string stem = plain_name(t.name, "table");
    if (t.schema != "public") stem = plain_name(t.schema, "schema") + "_" + stem;
    return reserved_stems.contains(stem) ? stem + "_table" : stem;
}

std::string hyphenated(std::string text) {
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

// Returns why the table cannot be served at all; empty if it can.
std::string why_skipped(const table& t) {
    if (!t.may_select) return "the role may not read it";
    if (t.has_row_security) return "its row-level security may show other rows to another role";
    if (t.columns.empty()) return "it has no columns";
    if (!is_table_name(t.name) || !is_table_name(t.schema)) return "a change cannot have its name";
    return {};
}

class planner {
 public:
    planner(const catalogue& from, const table& t, unique_names& resource_names)
        : table_(t), resource_names_(resource_names) {
        plan_.of = &t;
        plan_.relation = (t.has_children ? "only " : "") + sql_relation(t, from);
    }

    table_plan make(std::string stem) {
        plan_.stem = std::move(stem);
        plan_.segment = hyphenated(plan_.stem);
        choose_columns();
        choose_key();
        plan_item();
        plan_whole();
        plan_lists();
        plan_writes();
        if (!table_.is_owned) note("The role does not own this table: its owner has to run `weir migrate`.");
        return std::move(plan_);
    }

 private:
    void note(std::string text) { plan_.notes.push_back(std::move(text)); }

    // Returns whether the column only leads to a row of another table: it says nothing of a person by itself.
    bool is_reference(std::size_t index) const {
        const auto& type = table_.columns[index].type;
        const bool is_number = is_integer(table_.columns[index]) || type == "uuid";
        return is_number &&
               std::any_of(table_.foreign_keys.begin(), table_.foreign_keys.end(), [&](const foreign_key& f) {
                   return std::find(f.columns.begin(), f.columns.end(), index) != f.columns.end();
               });
    }

    void choose_columns() {
        std::map<exposure, std::vector<std::string>> left_out;
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            const column& c = table_.columns[i];
            const auto looks = is_reference(i) ? exposure::open : exposure_of(c.name);
            if (looks != exposure::open) {
                left_out[looks].push_back(c.name);
                continue;
            }
            open_.insert(i);
            if (const auto why = why_not_shown(c); !why.empty()) {
                note(fmt::format("Left out: {} ({}, {}).", c.name, c.type, why));
                continue;
            }
            plan_.shown.push_back(&c);
        }
        for (const auto& [looks, names] : left_out) {
            note(fmt::format("Left out, because it looks {}: {}.",
                             looks == exposure::secret ? "secret" : "personal", joined(names, ", ")));
        }
    }

    // Returns whether each column may stand in a request; notes why not.
    bool may_name(const column_list& columns, std::string_view what) {
        for (const auto i : columns) {
            const column& c = table_.columns[i];
            std::string why;
            if (!open_.contains(i)) {
                why = "was left out";
            } else if (!is_key_column_name(c.name)) {
                why = "has a name that no key can have";
            } else if (const auto found = key_rule(c); const auto* no = std::get_if<impossible>(&found)) {
                why = "cannot be part of a key: " + no->why;
            }
            if (why.empty()) continue;
            note(fmt::format("{}: its column {} {}.", what, c.name, why));
            return false;
        }
        return true;
    }

    bool is_required(const column_list& columns) const {
        return std::none_of(columns.begin(), columns.end(),
                            [&](std::size_t i) { return table_.columns[i].is_nullable; });
    }

    void choose_key() {
        for (const auto& key : table_.keys) {
            if (!is_required(key)) continue;
            if (!may_name(key, "The rows have no path by this key")) continue;
            key_ = key;
            for (const auto i : key) plan_.key.push_back(&table_.columns[i]);
            return;
        }
        if (table_.keys.empty()) note("No item and no writes to a row: the table has no key.");
    }

    // Makes parameters of the columns, with names that no other one in `scope` has.
    std::vector<parameter_plan> parameters_of(const column_list& columns, unique_names& scope) const {
        std::vector<parameter_plan> made;
        for (const auto i : columns) {
            const column& c = table_.columns[i];
            made.push_back({&c, scope.claim(parameter_name(c.name)), std::get<rule>(key_rule(c))});
        }
        return made;
    }

    std::string resource_name(const std::string& suffix) {
        return resource_names_.claim(plan_.stem + "_" + suffix);
    }

    void plan_item() {
        if (plan_.key.empty() || plan_.shown.empty()) return;
        unique_names scope{name_bytes_max};
        plan_.item = parameters_of(key_, scope);
        plan_.item_name = resource_name("item");
    }

    bool makes_cursor() const {
        if (plan_.key.size() != 1) return false;
        const column& c = *plan_.key.front();
        return is_integer(c) || is_text(c) || c.type == "uuid" || c.type == "date" || c.type == "numeric";
    }

    void plan_whole() {
        if (plan_.shown.empty()) return;
        const bool is_any_ordered = std::any_of(plan_.shown.begin(), plan_.shown.end(),
                                                [](const column* c) { return is_ordered(*c); });
        if (!is_any_ordered) return note("No list: its rows have no order.");
        plan_.whole = makes_cursor() ? whole_list::by_pages : whole_list::first_rows;
        plan_.whole_name = resource_name(makes_cursor() ? "page" : "list");
    }

    // Returns the sets of columns that lists may be asked by, the larger ones first: a request that names
    // more columns means the larger one.
    std::vector<column_list> listed_by() const {
        std::vector<column_list> found;
        const auto is_known = [&](const column_list& columns) {
            const std::set<std::size_t> wanted(columns.begin(), columns.end());
            return std::any_of(found.begin(), found.end(), [&](const column_list& each) {
                return std::set<std::size_t>(each.begin(), each.end()) == wanted;
            });
        };
        for (const auto& f : table_.foreign_keys) {
            if (f.columns != key_ && !is_known(f.columns)) found.push_back(f.columns);
        }
        std::stable_sort(found.begin(), found.end(),
                         [](const auto& a, const auto& b) { return a.size() > b.size(); });
        return found;
    }

    void plan_lists() {
        if (plan_.whole == whole_list::none) return;
        unique_names keys{name_bytes_max, {"item", "page", "list"}};
        const auto all = listed_by();
        for (const auto& columns : all) plan_list(columns, all, keys);
    }

    void plan_list(const column_list& columns, const std::vector<column_list>& all, unique_names& keys) {
        std::vector<std::string> names;
        for (const auto i : columns) names.push_back(table_.columns[i].name);
        if (!may_name(columns, fmt::format("No list by {}", joined(names, ", ")))) return;
        list_plan list;
        unique_names scope{name_bytes_max, {"limit", "after"}};
        list.by = parameters_of(columns, scope);
        for (std::size_t n = 0; n < columns.size(); ++n) {
            if (!is_in_another(columns[n], columns, all)) list.when.push_back(list.by[n].name);
        }
        if (list.when.empty()) {
            return note(
                fmt::format("No list by {}: each of them has a list of its own.", joined(names, ", ")));
        }
        for (auto& name : names) name = plain_name(name, "column");
        const std::string by = "by_" + joined(names, "_");
        list.name = resource_name(by);
        list.key = plan_.segment + ":" + hyphenated(keys.claim(by));
        plan_.lists.push_back(std::move(list));
    }

    // Returns whether another list has the column. Lists on one path must differ in a parameter that only one
    // has.
    static bool is_in_another(std::size_t column, const column_list& own,
                              const std::vector<column_list>& all) {
        return std::any_of(all.begin(), all.end(), [&](const column_list& each) {
            return each != own && std::find(each.begin(), each.end(), column) != each.end();
        });
    }

    void plan_writes() {
        if (plan_.whole == whole_list::none && plan_.item.empty()) return;
        if (table_.may_insert) plan_create();
        if (plan_.item.empty()) return;
        if (table_.may_update) plan_update();
        if (!table_.may_delete) return;
        plan_.deletes = true;
        plan_.remove.name = resource_name("delete");
        plan_.remove.key = plan_.item;
    }

    // Returns the field of a body for the column; nullopt if it has none, with the reason noted where a
    // reader would miss it.
    std::optional<parameter_plan> field_of(std::size_t index, unique_names& scope) {
        const column& c = table_.columns[index];
        if (c.is_generated || c.is_numbered || !open_.contains(index)) return std::nullopt;
        auto made = body_rule(c);
        if (const auto* no = std::get_if<impossible>(&made)) {
            if (noted_.insert(index).second) note(fmt::format("Not written: {}: {}.", c.name, no->why));
            return std::nullopt;
        }
        std::string name = is_field_name(c.name) ? c.name : scope.claim(plain_name(c.name, "column"));
        return parameter_plan{&c, std::move(name), std::get<rule>(std::move(made))};
    }

    // Returns names for a body without the columns in `others`. A field has the name of its column, and
    // nothing else may have it.
    unique_names field_scope(const column_list& others) const {
        unique_names scope{name_bytes_max};
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            const bool is_other = std::find(others.begin(), others.end(), i) != others.end();
            if (!is_other) scope.reserve(table_.columns[i].name);
        }
        return scope;
    }

    void plan_create() {
        unique_names scope = field_scope({});
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            const column& c = table_.columns[i];
            if (auto field = field_of(i, scope)) {
                plan_.create.body.push_back(std::move(*field));
                continue;
            }
            const bool is_needed =
                !c.is_nullable && c.default_sql.empty() && !c.is_numbered && !c.is_generated;
            if (!is_needed) continue;
            return note(fmt::format("No create: {} is needed and was left out.", c.name));
        }
        plan_.creates = true;
        plan_.create.name = resource_name("create");
    }

    void plan_update() {
        unique_names scope = field_scope(key_);
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            if (std::find(key_.begin(), key_.end(), i) != key_.end()) continue;
            if (auto field = field_of(i, scope)) plan_.update.body.push_back(std::move(*field));
        }
        if (plan_.update.body.empty()) return;
        plan_.updates = true;
        plan_.update.name = resource_name("update");
        plan_.update.key = parameters_of(key_, scope);
    }

    const table& table_;
    unique_names& resource_names_;
    table_plan plan_;
    std::set<std::size_t> open_;  // columns for every client's eyes
    std::set<std::size_t> noted_;
    column_list key_;
};

}  // namespace

std::string touched_key(const table_plan& plan, std::string_view kind) {
    std::string made = plan.segment + ":" + std::string{kind};
    for (const auto* c : plan.key) made += ":" + placeholder_text(c->name);
    return made;
}

file_plan plan_of(const catalogue& from) {
    file_plan out;
    unique_names stems{stem_bytes_max};
    unique_names resource_names{name_bytes_max};
    for (const auto& t : from.tables) {
        if (auto why = why_skipped(t); !why.empty()) {
            out.others.push_back({t.full_name(), std::move(why)});
            continue;
        }
        auto plan = planner{from, t, resource_names}.make(stems.claim(stem_of(t)));
        if (plan.whole == whole_list::none && plan.item.empty()) {
            out.others.push_back({t.full_name(), joined(plan.notes, " ")});
            continue;
        }
        out.tables.push_back(std::move(plan));
    }
    plan_joins(out, from, resource_names);
    for (const auto& other : from.others) {
        out.others.push_back({other.schema + "." + other.name, "it is " + other.what});
    }
    return out;
}

}  // namespace weir::init
