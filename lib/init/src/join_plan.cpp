#include "join_plan.hpp"

#include "weir/base/placeholder.hpp"

#include "file_names.hpp"
#include "texts.hpp"
#include "words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace weir::init {
namespace {

constexpr std::size_t joins_max = 4;  // of one item: each makes the writes to another table dearer

class join_planner {
 public:
    explicit join_planner(file_plan& file) : file_(file) {}

    // Plans the references of one table. Returns whether there are any.
    bool plan(table_plan& child) {
        if (child.item.empty()) return false;
        unique_names members{name_bytes_max};
        for (const auto* c : child.shown) members.reserve(c->name);
        for (const auto& f : child.of->foreign_keys) {
            if (child.joins.size() == joins_max) break;
            auto made = join_of(child, f);
            if (!made || is_known(child, *made)) continue;
            made->member = members.claim(made->member);
            child.joins.push_back(std::move(*made));
        }
        return !child.joins.empty();
    }

 private:
    table_plan* find(const foreign_key& f) {
        const auto at = std::find_if(file_.tables.begin(), file_.tables.end(), [&](const table_plan& each) {
            return each.of->schema == f.parent_schema && each.of->name == f.parent;
        });
        return at == file_.tables.end() ? nullptr : &*at;
    }

    static bool is_known(const table_plan& child, const join_plan& join) {
        return std::any_of(child.joins.begin(), child.joins.end(), [&](const join_plan& each) {
            return each.parent == join.parent && each.on == join.on;
        });
    }

    static bool is_shown(const table_plan& plan, std::string_view column_name) {
        return is_key_column_name(column_name) &&
               std::any_of(plan.shown.begin(), plan.shown.end(),
                           [&](const column* c) { return c->name == column_name; });
    }

    std::optional<join_plan> join_of(const table_plan& child, const foreign_key& f) {
        const table_plan* const parent = find(f);
        if (parent == nullptr || parent->shown.empty()) return std::nullopt;
        join_plan made;
        made.parent = parent->of;
        made.relation = parent->relation;
        made.shown = parent->shown;
        for (std::size_t i = 0; i < f.columns.size(); ++i) {
            const column& own = child.of->columns[f.columns[i]];
            const auto rule = key_rule(own);
            const bool has_one_text = !std::holds_alternative<impossible>(rule);
            if (!has_one_text || !is_shown(child, own.name) || !is_shown(*parent, f.parent_columns[i])) {
                return std::nullopt;
            }
            made.on.push_back({own.name, f.parent_columns[i]});
        }
        made.member = member_of(made, *parent);
        return made;
    }

    // Returns "category" for a reference by category_id, and otherwise the name of the other table.
    static std::string member_of(const join_plan& join, const table_plan& parent) {
        auto words = words_of(join.on.front().first);
        const bool is_id = join.on.size() == 1 && words.size() > 1 && words.back() == "id";
        if (!is_id) return parent.stem;
        words.pop_back();
        return joined(words, "_");
    }

    file_plan& file_;
};

// Returns the query of a parent's changed row: the keys of the rows that refer to it.
std::string through_sql(const table_plan& child, const join_plan& join, const catalogue& from) {
    std::vector<std::string> key;
    for (const auto* c : child.key) key.push_back(sql_name(c->name, from));
    std::string condition;
    for (const auto& [own, theirs] : join.on) {
        condition +=
            (condition.empty() ? "" : " and ") + sql_name(own, from) + " = " + placeholder_text(theirs);
    }
    return fmt::format("select {} from {} where {}", joined(key, ", "), child.relation, condition);
}

}  // namespace

void plan_joins(file_plan& file, const catalogue& from, unique_names& resource_names) {
    join_planner planner{file};
    for (auto& child : file.tables) {
        if (!planner.plan(child)) continue;
        child.joined_name = resource_names.claim(child.stem + "_full");
        for (const auto& join : child.joins) {
            const auto parent = std::find_if(file.tables.begin(), file.tables.end(),
                                             [&](const table_plan& each) { return each.of == join.parent; });
            parent->throughs.push_back({through_sql(child, join, from), touched_key(child, "full")});
        }
    }
}

}  // namespace weir::init
