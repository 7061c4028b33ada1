#include "catalogue.hpp"

#include "weir/schema/names.hpp"
#include "weir/schema/reads.hpp"

#include "sql_words.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace weir::prove {
namespace {

constexpr milliseconds question_time_max{10'000};
constexpr double large_rows = 5'000;  // more are sampled by blocks, not sorted

constexpr const char* tables_sql = R"(
select c.oid::text, c.oid::regclass::text,
       greatest(c.reltuples, pg_relation_size(c.oid) / 200,
                (select sum(greatest(p.reltuples, pg_relation_size(p.oid) / 200))
                   from pg_inherits i join pg_class p on p.oid = i.inhrelid where i.inhparent = c.oid), 0)::text,
       coalesce((select array_to_string(i.indkey, ' ') from pg_index i where i.indrelid = c.oid and i.indisprimary), ''),
       c.relnamespace::regnamespace::text || '.' || quote_ident(c.relname)
  from pg_class c where c.oid = any($oids$) order by 2
)";

constexpr const char* columns_sql = R"(
with recursive base (domain, type, typmod) as (
    select oid, oid, -1 from pg_type
    union
    select b.domain, t.typbasetype, greatest(b.typmod, t.typtypmod) from base b join pg_type t on t.oid = b.type where t.typtype = 'd'
)
select a.attrelid::text, a.attnum::text, a.attname, quote_ident(a.attname), format_type(t.oid, null), t.typcategory,
       not a.attnotnull and not d.typnotnull, a.attgenerated <> '', a.attidentity = 'a',
       exists (select from pg_index i where i.indrelid = a.attrelid and (i.indisunique or i.indisexclusion) and a.attnum = any (i.indkey)),
       coalesce((select string_agg(e.enumlabel, chr(10) order by e.enumsortorder) from pg_enum e
           where e.enumtypid = case t.typcategory when 'A' then t.typelem else t.oid end), ''),
       coalesce((select string_agg(pg_get_constraintdef(k.oid), chr(10) order by k.conname) from pg_constraint k
           where k.contype = 'c' and (k.conrelid = a.attrelid and a.attnum = any (k.conkey) or k.contypid = d.oid)), ''),
       case when t.typname in ('varchar', 'bpchar') then greatest(a.atttypmod, b.typmod) - 4
            when t.typname in ('bit', 'varbit') then greatest(a.atttypmod, b.typmod) end,
       -- is_on, NOT is_on, kind = 'car': with not null, these leave one value
       a.attnotnull and exists (select from pg_constraint k,
               lateral regexp_replace(quote_ident(a.attname), '([^a-zA-Z0-9_])', '\\\1', 'g') as name
           where k.contype = 'c' and k.conrelid = a.attrelid and k.conkey = array[a.attnum]
             and pg_get_constraintdef(k.oid) ~ ('^CHECK \(\(?(NOT )?' || name || '\)?\)$|^CHECK \(\(\(?' || name ||
                 '\)?(::[a-z ]+)? = (''([^'']|'''')*''|-?[0-9.]+)(::[a-z ]+)?\)\)$'))
  from pg_attribute a join pg_type d on d.oid = a.atttypid join base b on b.domain = d.oid
  join pg_type t on t.oid = b.type and t.typtype <> 'd'
 where a.attrelid = any($oids$) and a.attnum > 0 and not a.attisdropped order by a.attrelid, a.attnum
)";

constexpr const char* references_sql = R"(
select c.conrelid::text, array_to_string(c.conkey, ' '), c.confrelid::text, array_to_string(c.confkey, ' ')
  from pg_constraint c where c.contype = 'f' and c.conparentid = 0
   and c.conrelid = any($oids$) and c.confrelid = any($oids$) order by c.conrelid, c.conname
)";

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    while (from < text.size()) {
        const auto end = std::min(text.find(at, from), text.size());
        if (end > from) parts.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return parts;
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

// Returns whether the author accepts that no change tells of it. A function may be named without its schema.
bool is_accepted(const cacheable& of, const seen_object& o) {
    const bool is_function = o.what == seen_object::kind::opaque_function;
    return std::any_of(of.unwatched.begin(), of.unwatched.end(), [&](const acceptance& a) {
        return a.name == o.name || a.name == "public." + o.name ||
               (is_function && o.name.ends_with("." + a.name));
    });
}

// Returns whether answers may depend on rows that cannot be found or changed here.
bool is_opaque(seen_object::kind what) {
    using kind = seen_object::kind;
    return what == kind::materialized_view || what == kind::foreign_table || what == kind::opaque_function;
}

bool is_true(const postgres::sql_text& text) {
    return text == "t";
}

// Returns 0 for a type without a length.
std::size_t length_in(const postgres::sql_text& text) {
    const long length = text ? std::stol(*text) : 0;
    return length > 0 ? static_cast<std::size_t>(length) : 0;
}

class catalogue_reader {
 public:
    catalogue_reader(postgres::connection& on, const policy& p, deadline until, std::function<bool()> is_over)
        : on_(on), policy_(p), until_(until), is_over_(std::move(is_over)) {}

    awaitable<result<catalogue>> read() {
        for (const resource& r : policy_.resources) {
            const auto* from = std::get_if<sql_load>(&r.from);
            if (!r.cached || from == nullptr) continue;
            if (is_over_()) co_return errc::cancelled;
            const auto read = co_await read_tables_of(r, from->select.sql);
            if (!read) co_return read.error();
        }
        const auto changes = co_await read_changes();
        if (!changes) co_return changes.error();
        const auto described = co_await describe();
        if (!described) co_return described.error();
        co_return std::move(found_);
    }

 private:
    // Finds the tables of a resource.
    awaitable<result<void>> read_tables_of(const resource& r, const std::string& sql) {
        reading one{.what = &r, .tables = {}, .opaque = {}, .problem = {}};
        const auto seen = co_await inspect(on_, policy_, sql, {}, until_.at_most(question_time_max));
        if (!seen) co_return seen.error();
        if (seen->refused) one.problem = seen->refused->message;
        std::vector<std::string> names;
        for (const auto& object : seen->objects) {
            if (is_accepted(*r.cached, object) || object.is_frozen) continue;
            if (object.what == seen_object::kind::table) names.push_back(object.name);
            if (is_opaque(object.what)) one.opaque.push_back(object.name);
        }
        const auto oids = co_await oids_of(names);
        if (!oids) co_return oids.error();
        for (const auto& oid : *oids) {
            if (oid) one.tables.push_back(table_of(*oid));
        }
        found_.readings.push_back(std::move(one));
        co_return result<void>{};
    }

    // Returns the oids of tables that are named as changes name them.
    awaitable<result<std::vector<postgres::sql_text>>> oids_of(const std::vector<std::string>& names) {
        if (names.empty()) co_return std::vector<postgres::sql_text>{};
        std::string sql = "select ";
        for (const auto& name : names) {
            sql += (&name == &names.front() ? "" : ", ") + std::string("to_regclass(") +
                   quoted_literal(quoted_relation(name)) + ")::oid::text";
        }
        auto oids = co_await on_.exec(sql, until_.at_most(question_time_max));
        if (!oids) co_return oids.error();
        co_return std::move(oids->rows[0]);
    }

    std::size_t table_of(const std::string& oid) {
        const auto [at, is_new] = by_oid_.try_emplace(oid, found_.tables.size());
        if (is_new)
            found_.tables.push_back(
                {.oid = oid, .name = {}, .type = {}, .is_large = false, .columns = {}, .key = {}});
        return at->second;
    }

    awaitable<result<void>> read_changes() {
        std::vector<std::string> names;
        for (const change& c : policy_.changes) names.push_back(c.table);
        const auto oids = co_await oids_of(names);
        if (!oids) co_return oids.error();
        for (const auto& oid : *oids) {
            found_.changes.push_back(oid ? std::optional(table_of(*oid)) : std::nullopt);
        }
        co_return result<void>{};
    }

    awaitable<result<postgres::table>> about_tables(const char* sql) {
        std::string oids;
        for (const auto& t : found_.tables) oids += (oids.empty() ? "" : ",") + t.oid;
        return on_.exec(replaced(sql, "$oids$", "'{" + oids + "}'::oid[]"),
                        until_.at_most(question_time_max));
    }

    // Adds the tables that the others refer to: a column can only hold what the table behind it has.
    awaitable<result<void>> add_referred() {
        auto referred = co_await about_tables(
            "select distinct c.confrelid::text from pg_constraint c "
            "where c.contype = 'f' and c.conrelid = any($oids$) order by 1");
        if (!referred) co_return referred.error();
        for (const auto& row : referred->rows) table_of(*row[0]);
        co_return result<void>{};
    }

    awaitable<result<void>> describe() {
        const auto complete = co_await add_referred();
        if (!complete) co_return complete.error();
        auto tables = co_await about_tables(tables_sql);
        if (!tables) co_return tables.error();
        auto columns = co_await about_tables(columns_sql);
        if (!columns) co_return columns.error();
        auto references = co_await about_tables(references_sql);
        if (!references) co_return references.error();
        for (const auto& row : columns->rows) add_column(row);
        for (const auto& row : tables->rows) add_table(row);
        for (const auto& row : references->rows) add_reference(row);
        for (std::size_t t = 0; t < found_.tables.size(); ++t) add_implied(t);
        co_return result<void>{};
    }

    void add_column(const std::vector<postgres::sql_text>& row) {
        const std::size_t at = by_oid_.at(*row[0]);
        table& t = found_.tables[at];
        by_number_[{at, *row[1]}] = t.columns.size();
        t.columns.push_back({.name = *row[2],
                             .quoted = *row[3],
                             .type = *row[4],
                             .category = row[5]->front(),
                             .is_nullable = is_true(row[6]),
                             .is_generated = is_true(row[7]),
                             .is_always_identity = is_true(row[8]),
                             .is_fixed = is_true(row[13]),
                             .is_in_key = is_true(row[9]),
                             .labels = split(*row[10], '\n'),
                             .length_max = length_in(row[12])});
        add_checked(t.columns.back(), *row[11]);
    }

    // Adds the literals of a check: values that it allows, or edges of what it allows.
    static void add_checked(column& to, const std::string& checks) {
        const auto hints = hints_of(checks);
        const auto& literals = to.category == 'N' ? hints.numbers : hints.texts;
        if (to.category == 'N' || to.category == 'S')
            to.labels.insert(to.labels.end(), literals.begin(), literals.end());
    }

    void add_table(const std::vector<postgres::sql_text>& row) {
        const std::size_t at = by_oid_.at(*row[0]);
        table& t = found_.tables[at];
        t.name = *row[1];
        t.rows = std::stod(*row[2]);
        t.is_large = t.rows > large_rows;
        t.key = columns_of(at, *row[3]);
        t.type = *row[4];
    }

    std::vector<std::size_t> columns_of(std::size_t of_table, const std::string& numbers) const {
        std::vector<std::size_t> made;
        for (const auto& number : split(numbers, ' ')) made.push_back(by_number_.at({of_table, number}));
        return made;
    }

    void add_reference(const std::vector<postgres::sql_text>& row) {
        const std::size_t from = by_oid_.at(*row[0]);
        const std::size_t to = by_oid_.at(*row[2]);
        found_.references.push_back({from, columns_of(from, *row[1]), to, columns_of(to, *row[3]), false});
    }

    // Adds what no constraint declares: category_id is the key of categories, or refers to its id.
    void add_implied(std::size_t to) {
        const table& t = found_.tables[to];
        if (t.key.size() != 1) return;
        const std::string& key = t.columns[t.key[0]].name;
        for (std::size_t from = 0; from < found_.tables.size(); ++from) {
            for (std::size_t c = 0; c < found_.tables[from].columns.size() && from != to; ++c) {
                const std::string& name = found_.tables[from].columns[c].name;
                const bool has_stem = name.size() > 4 && name.ends_with("_id") &&
                                      t.name.find(name.substr(0, name.size() - 4)) != std::string::npos;
                if (name == key ? key == "id" : key != "id" || !has_stem) continue;
                found_.references.push_back({from, {c}, to, t.key, true});
            }
        }
    }

    postgres::connection& on_;
    const policy& policy_;
    const deadline until_;
    const std::function<bool()> is_over_;
    catalogue found_;
    std::map<std::string, std::size_t> by_oid_;
    std::map<std::pair<std::size_t, std::string>, std::size_t> by_number_;
};

}  // namespace

std::optional<std::size_t> table::find(std::string_view column_name) const {
    const auto at =
        std::find_if(columns.begin(), columns.end(), [&](const column& c) { return c.name == column_name; });
    if (at == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(at - columns.begin());
}

awaitable<result<catalogue>> read_catalogue(postgres::connection& on, const policy& p, deadline until,
                                            std::function<bool()> is_over) {
    catalogue_reader reader(on, p, until, std::move(is_over));
    co_return co_await reader.read();
}

}  // namespace weir::prove
