#include "needs.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir {
namespace {

namespace json = boost::json;

// Each recorder carries a comment in the form of a consumer's needs. A column that was dropped since counts
// for nothing. Two statements, because a table that does not exist cannot be named.
constexpr const char* has_consumers_sql = "select to_regclass('weir.consumers') is not null";
constexpr const char* installed_sql = R"(
select jsonb_build_object(of.key, jsonb_set(of.value, '{columns}', (
           select coalesce(jsonb_agg(c.name order by c.place), '[]')
             from jsonb_array_elements_text(of.value -> 'columns') with ordinality as c (name, place)
            where exists (select from pg_trigger g join pg_attribute a on a.attrelid = g.tgrelid
                           where g.tgfoid = p.oid and a.attname = c.name and not a.attisdropped))))::text, 't'
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
       jsonb_each(case when obj_description(p.oid, 'pg_proc') like '{%'
                       then obj_description(p.oid, 'pg_proc')::jsonb else '{}' end) as of
 where n.nspname = 'weir' and p.proname like 'record\_%')";
constexpr const char* needed_sql =
    " union all select needs::text, 'f' from weir.consumers where expires_at > clock_timestamp()";

void read_columns(const json::value& from, recorded_table& to) {
    const auto* columns = from.if_array();
    if (columns == nullptr) return;
    for (const auto& column : *columns) {
        if (const auto* text = column.if_string()) to.columns.emplace_back(text->data(), text->size());
    }
}

void add(change& to, const recorded_table& needed) {
    to.bulk_rows = std::max(to.bulk_rows, needed.bulk_rows);
    for (const std::string& name : needed.columns) {
        const bool is_there = std::any_of(to.columns.begin(), to.columns.end(),
                                          [&](const change::column& c) { return c.name == name; });
        if (is_there) continue;
        change::column column;
        column.name = name;
        to.columns.push_back(std::move(column));
    }
}

}  // namespace

std::vector<recorded_table> needs_in(std::string_view text, bool is_installed) {
    std::vector<recorded_table> found;
    error_code failure;
    const auto parsed = json::parse(json::string_view{text.data(), text.size()}, failure);
    if (failure || !parsed.is_object()) return found;
    for (const auto& member : parsed.get_object()) {
        const auto* needs = member.value().if_object();
        if (needs == nullptr) continue;
        recorded_table one{.name = member.key(), .columns = {}, .is_installed = is_installed};
        if (const auto* columns = needs->if_contains("columns")) read_columns(*columns, one);
        if (const auto* most = needs->if_contains("bulk_rows")) {
            if (const auto* number = most->if_int64()) one.bulk_rows = static_cast<std::size_t>(*number);
        }
        found.push_back(std::move(one));
    }
    return found;
}

policy with_needs(policy p, const std::vector<recorded_table>& others, bool keeps_installed) {
    for (const recorded_table& needed : others) {
        if (needed.is_installed && !keeps_installed) continue;
        auto at = std::find_if(p.changes.begin(), p.changes.end(),
                               [&](const change& c) { return c.table == needed.name; });
        const bool is_declared = at != p.changes.end();
        if (!is_declared && needed.is_installed) continue;
        if (!is_declared) {
            at = p.changes.emplace(p.changes.end());
            at->table = needed.name;
            at->bulk_rows = needed.bulk_rows;
        }
        add(*at, needed);
    }
    return p;
}

awaitable<result<std::vector<recorded_table>>> needs_of_others(postgres::connection& on, deadline until) {
    const auto asked = co_await on.exec(has_consumers_sql, until);
    if (!asked) co_return asked.error();
    const bool has_consumers = asked->rows.at(0)[0] == "t";
    auto found = co_await on.exec(std::string{installed_sql} + (has_consumers ? needed_sql : ""), until);
    if (!found) co_return found.error();
    std::vector<recorded_table> all;
    for (const auto& row : found->rows) {
        auto some = needs_in(row[0].value_or(""), row[1] == "t");
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    co_return all;
}

}  // namespace weir
