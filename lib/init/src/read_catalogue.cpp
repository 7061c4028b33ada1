#include "weir/init/read_catalogue.hpp"

#include "catalogue_queries.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace weir::init {
namespace {

using row = std::vector<postgres::sql_text>;
using row_list = std::vector<row>;

std::string text(const row& from, std::size_t i) {
    return from[i].value_or("");
}

bool yes(const row& from, std::size_t i) {
    return from[i] == "t";
}

type_kind kind_of(std::string_view typtype) {
    if (typtype == "e") return type_kind::enumeration;
    if (typtype == "c") return type_kind::composite;
    if (typtype == "r" || typtype == "m") return type_kind::range;
    return type_kind::base;
}

// Puts the rows of the queries together. Rows of relations that are not served are left out by the queries or
// here: they belong to no known object id.
class builder {
 public:
    void add_relation(const row& r) {
        const std::string kind = text(r, 3);
        if (kind != "r" && kind != "p") {
            const char* what = kind == "v"   ? "a view"
                               : kind == "m" ? "a materialized view"
                                             : "a foreign table";
            made_.others.push_back({text(r, 1), text(r, 2), what});
            return;
        }
        table t;
        t.schema = text(r, 1);
        t.name = text(r, 2);
        t.is_visible = yes(r, 4);
        t.has_row_security = yes(r, 5);
        t.has_children = yes(r, 6);
        t.is_owned = yes(r, 7);
        t.may_select = yes(r, 8);
        t.may_insert = yes(r, 9);
        t.may_update = yes(r, 10);
        t.may_delete = yes(r, 11);
        tables_.emplace(text(r, 0), made_.tables.size());
        made_.tables.push_back(std::move(t));
    }

    void add_label(const row& r) { labels_[text(r, 0)].push_back(text(r, 1)); }

    void add_column(const row& r) {
        table* const t = find(text(r, 0));
        if (t == nullptr) return;
        column c;
        c.name = text(r, 1);
        c.type = text(r, 2);
        c.kind = kind_of(text(r, 3));
        c.element = text(r, 4);
        c.length = number(r[5]);
        if (const auto labels = labels_.find(text(r, 6)); labels != labels_.end()) c.labels = labels->second;
        c.is_nullable = !yes(r, 7);
        c.default_sql = text(r, 8);
        c.is_numbered = yes(r, 9);
        c.is_generated = yes(r, 10);
        c.is_deterministic = yes(r, 11);
        t->columns.push_back(std::move(c));
    }

    // Takes a row for each column of a key: table, index, whether it is primary, column.
    void add_key_column(const row& r) {
        table* const t = find(text(r, 0));
        if (t == nullptr) return;
        if (last_index_ != text(r, 1)) t->keys.emplace_back();
        last_index_ = text(r, 1);
        t->has_primary_key = t->has_primary_key || yes(r, 2);
        if (const auto i = index_of(*t, text(r, 3))) t->keys.back().push_back(*i);
    }

    // Takes a row for each column of a foreign key: table, constraint, column, parent's schema, name, column.
    void add_foreign_key_column(const row& r) {
        table* const t = find(text(r, 0));
        if (t == nullptr) return;
        if (last_constraint_ != text(r, 1)) {
            t->foreign_keys.push_back({.columns = {}, .parent_schema = text(r, 3), .parent = text(r, 4)});
        }
        last_constraint_ = text(r, 1);
        if (const auto i = index_of(*t, text(r, 2))) {
            t->foreign_keys.back().columns.push_back(*i);
            t->foreign_keys.back().parent_columns.push_back(text(r, 5));
        }
    }

    void add_keyword(const row& r) { made_.keywords.insert(text(r, 0)); }
    void set_database(const row& r) { made_.database = text(r, 0); }

    catalogue finish() { return std::move(made_); }

 private:
    table* find(const std::string& oid) {
        const auto at = tables_.find(oid);
        return at == tables_.end() ? nullptr : &made_.tables[at->second];
    }

    static std::optional<std::size_t> index_of(const table& t, std::string_view column_name) {
        const auto at = std::find_if(t.columns.begin(), t.columns.end(),
                                     [&](const column& c) { return c.name == column_name; });
        if (at == t.columns.end()) return std::nullopt;
        return static_cast<std::size_t>(at - t.columns.begin());
    }

    static std::optional<std::size_t> number(const postgres::sql_text& value) {
        std::size_t made = 0;
        if (!value) return std::nullopt;
        std::from_chars(value->data(), value->data() + value->size(), made);
        return made;
    }

    catalogue made_;
    std::map<std::string, std::size_t> tables_;  // by object id
    std::map<std::string, std::vector<std::string>> labels_;
    std::string last_index_;
    std::string last_constraint_;
};

// One part of the catalogue: its query, and what takes a row of its result.
struct part {
    const char* sql;
    void (builder::*add)(const row&);
};

// In an order in which each part finds what it needs. The relations come before the search path is emptied,
// since they say what it leads to.
constexpr part parts[] = {
    {database_sql, &builder::set_database},
    {relations_sql, &builder::add_relation},
    {keywords_sql, &builder::add_keyword},
    {labels_sql, &builder::add_label},
    {columns_sql, &builder::add_column},
    {keys_sql, &builder::add_key_column},
    {foreign_keys_sql, &builder::add_foreign_key_column},
};

}  // namespace

awaitable<result<catalogue>> read_catalogue(postgres::connection& on, deadline until) {
    const auto begun = co_await on.exec(begin_sql, until);
    if (!begun) co_return begun.error();
    builder made;
    for (const part& each : parts) {
        const auto found = co_await on.exec(each.sql, until);
        if (!found) co_return found.error();
        for (const row& r : found->rows) (made.*each.add)(r);
    }
    const auto ended = co_await on.exec("rollback", until);
    if (!ended) co_return ended.error();
    co_return made.finish();
}

}  // namespace weir::init
