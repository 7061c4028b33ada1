#include "weir/policy/change_map.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace weir {
namespace {

namespace json = boost::json;

json::array texts_of(const std::vector<key_template>& templates) {
    json::array texts;
    for (const key_template& t : templates) texts.emplace_back(t.text());
    return texts;
}

// Returns everything by which a rule decides which text a column's value has in a key.
json::array parts_of(const value_rule& rule) {
    json::array choices;
    for (const std::string& one : rule.one_of) choices.emplace_back(one);
    return {static_cast<int>(rule.type),
            rule.trimmed,
            rule.folded,
            rule.may_be_empty,
            rule.length_max,
            rule.min,
            rule.max,
            std::move(choices)};
}

json::array names_of(const row_names& names) {
    json::array columns;
    for (const auto& column : names.columns) {
        columns.push_back(json::array{column.name, parts_of(column.rule), column.each_element});
    }
    return {std::move(columns), texts_of(names.keys), texts_of(names.tags)};
}

json::array query_of(const through_query& query) {
    json::array values;
    for (const auto index : query.select.values) values.emplace_back(index);
    json::array tables;
    for (const std::string& table : query.tables) tables.emplace_back(table);
    return {names_of(query), query.select.sql, std::move(values), std::move(tables)};
}

json::array map_of(const change& c) {
    json::array queries;
    for (const through_query& query : c.through) queries.push_back(query_of(query));
    return {c.table, names_of(c), c.bulk_rows, std::move(queries)};
}

}  // namespace

std::string change_map_text(const policy& p) {
    json::array resources;
    for (const resource& r : p.resources) {
        if (!r.cached) continue;
        resources.push_back(json::array{r.name, r.cached->key.text(), texts_of(r.cached->tags)});
    }
    json::array changes;
    for (const change& c : p.changes) changes.push_back(map_of(c));
    return json::serialize(json::array{std::move(resources), std::move(changes)});
}

std::string recorded_needs(const policy& p) {
    json::object needs;
    for (const change& c : p.changes) {
        json::array columns;
        for (const auto& column : c.columns) columns.emplace_back(column.name);
        needs[c.table] = json::object{{"columns", std::move(columns)}, {"bulk_rows", c.bulk_rows}};
    }
    return json::serialize(needs);
}

}  // namespace weir
