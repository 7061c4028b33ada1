// Compares the columns that keys and tags are built from with the rules of the parameters in the same places.
#include "weir/schema/column_rules.hpp"
#include "weir/schema/declarations.hpp"
#include "weir/schema/names.hpp"

#include "reads_sql.hpp"
#include "type_facts.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace weir {
namespace {

// A column that a template of the change is built from.
struct place {
    const change* of;
    const row_names::column* column;
    std::string field;  // "keys" or "tags"
    std::string text;   // of the first template with the column
};

bool has_column(const key_template& t, std::size_t index) {
    return std::any_of(t.segments().begin(), t.segments().end(), [&](const auto& segment) {
        const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
        return placeholder != nullptr && placeholder->index == index;
    });
}

std::optional<place> place_of(const change& c, std::size_t index) {
    for (const auto& key : c.keys) {
        if (has_column(key, index)) return place{&c, &c.columns[index], "keys", key.text()};
    }
    for (const auto& tag : c.tags) {
        if (has_column(tag, index)) return place{&c, &c.columns[index], "tags", tag.text()};
    }
    return std::nullopt;  // only a through-query takes it
}

std::vector<place> places_of(const policy& p) {
    std::vector<place> out;
    for (const change& c : p.changes) {
        for (std::size_t i = 0; i < c.columns.size(); ++i) {
            if (auto found = place_of(c, i)) out.push_back(std::move(*found));
        }
    }
    return out;
}

std::string columns_query(const std::vector<place>& all) {
    std::string rows = "(null::integer, null::text, null::text)";
    for (std::size_t i = 0; i < all.size(); ++i) {
        rows += ", (" + std::to_string(i) + ", " + quoted_literal(quoted_relation(all[i].of->table)) + ", " +
                quoted_literal(all[i].column->name) + ")";
    }
    return "with recursive places (number, relation, name) as (values " + rows +
           "), typed (number, type, typmod, coll) as (select p.number, a.atttypid, a.atttypmod, "
           "a.attcollation "
           "from places p join pg_attribute a on a.attrelid = to_regclass(p.relation) and a.attname = p.name "
           "and a.attnum > 0 and not a.attisdropped)," +
           type_facts_cte() + "select * from facts order by number";
}

// Returns a query with a table and a column that it lacks in each row; null if there is no such table. A view
// is none: it has no triggers of rows that change.
std::string missing_query(const policy& p) {
    std::string rows = "(null::text, null::text, null::text)";
    for (const change& c : p.changes) {
        const auto table = quoted_literal(c.table) + ", " + quoted_literal(quoted_relation(c.table));
        rows += ", (" + table + ", null)";
        for (const auto& column : c.columns) rows += ", (" + table + ", " + quoted_literal(column.name) + ")";
    }
    return "select distinct w.tab, w.name from (values " + rows +
           ") as w (tab, relation, name) left join pg_class c on c.oid = to_regclass(w.relation) and "
           "c.relkind in "
           "('r', 'p') where w.tab is not null and case when w.name is null then c.oid is null else c.oid is "
           "not null "
           "and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = w.name and "
           "a.attnum > "
           "0 and not a.attisdropped) end order by w.tab, w.name";
}

bool is_named_by(const resource& r, const key_template& t, bool is_tag) {
    if (!r.cached) return false;
    if (!is_tag) return r.cached->key.covers(t);
    const auto& tags = r.cached->tags;
    return std::any_of(tags.begin(), tags.end(), [&](const key_template& own) { return own.covers(t); });
}

// Returns the first resource that the template names.
std::string resource_of(const policy& p, const place& at) {
    const bool is_tag = at.field == "tags";
    for (const auto& t : is_tag ? at.of->tags : at.of->keys) {
        if (t.text() != at.text) continue;
        for (const auto& r : p.resources) {
            if (is_named_by(r, t, is_tag)) return r.name;
        }
    }
    return {};
}

finding trouble_at(const policy& p, const place& at, const type_facts& facts, const type_trouble& trouble) {
    const auto resource = resource_of(p, at);
    std::string what = "the change of " + at.of->table + ": " + at.text + " is built from the column " +
                       at.column->name + ", " + facts.written + ", " + trouble.why;
    if (!resource.empty()) what += "; resource." + resource + " would miss invalidations";
    return {.declared = "change of " + at.of->table,
            .field = at.field,
            .resource = resource,
            .table = at.of->table,
            .what = std::move(what),
            .todo = trouble.remedy};
}

}  // namespace

awaitable<result<findings>> check_key_columns(postgres::connection& on, const policy& p, deadline until) {
    const auto all = places_of(p);
    const auto got = co_await on.exec(columns_query(all), until);
    if (!got) co_return got.error();
    findings out;
    for (const auto& row : got->rows) {
        const auto& number = row[0].value();
        std::size_t at = 0;
        std::from_chars(number.data(), number.data() + number.size(), at);
        const auto facts = read_type_facts(row, 1);
        const auto trouble = trouble_of(*all[at].column, facts);
        if (trouble) out.push_back(trouble_at(p, all[at], facts, *trouble));
    }
    co_return out;
}

awaitable<result<findings>> check_columns_exist(postgres::connection& on, const policy& p, deadline until) {
    const auto got = co_await on.exec(missing_query(p), until);
    if (!got) co_return got.error();
    findings out;
    for (const auto& row : got->rows) {
        const auto& table = row[0].value();
        const bool is_there = row[1].has_value();
        out.push_back({.declared = "change of " + table,
                       .field = {},
                       .table = table,
                       .what = is_there ? "the change of " + table + " needs the column " + *row[1] +
                                              ", which the table does not have"
                                        : "the change of " + table + ": the database has no such table",
                       .todo = "correct the name, or create it first"});
    }
    co_return out;
}

}  // namespace weir
