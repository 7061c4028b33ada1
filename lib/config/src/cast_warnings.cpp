#include "cast_warnings.hpp"

#include "weir/config/sql_casts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace weir::config {
namespace {

bool is_integer_type(const std::string& type) {
    static const std::set<std::string> names{"smallint", "int2", "integer", "int", "int4", "bigint", "int8"};
    return names.contains(type);
}

std::string remedy_of(const sql_cast& cast) {
    if (is_integer_type(cast.type)) {
        return fmt::format("declare {} with type = \"integer\", which has one spelling a number",
                           cast.parameter);
    }
    if (cast.type == "boolean" || cast.type == "bool") {
        return fmt::format("declare {} with type = \"boolean\"", cast.parameter);
    }
    return fmt::format(
        "compare the column's text as well (column = {{{0}}}::{1} and column::text = {{{0}}}): then another "
        "spelling finds nothing",
        cast.parameter, cast.type);
}

void warn_of(section& owner, const sql_cast& cast) {
    owner.warn(
        owner.position_in("sql", cast.offset),
        fmt::format("{}.sql compares the text {{{}}} as {}: two spellings that Postgres calls equal get "
                    "two keys, and only one of them is invalidated",
                    owner.title(), cast.parameter, cast.type),
        remedy_of(cast));
}

// Returns whether two requests that differ only in spelling can reach this cast. No client spells the value
// of a cursor. An enum whose values are listed has no other spelling.
bool is_dangerous(const parameter& p, const sql_cast& cast) {
    const bool is_text = p.rule.type == value_type::text && !p.is_cursor;
    const bool is_listed = !p.rule.one_of.empty() && !is_built_in_type(cast.type);
    return is_text && !is_listed && !compares_as_text(cast.type);
}

}  // namespace

void warn_of_casts(section& owner, const std::vector<declared_parameter>& parameters) {
    const std::string sql = owner.verbatim("sql")->text;
    std::set<std::pair<std::string, std::string>> told;
    for (const sql_cast& cast : parameter_casts(sql)) {
        const auto of = std::find_if(parameters.begin(), parameters.end(),
                                     [&](const auto& p) { return p.value.name == cast.parameter; });
        if (!is_dangerous(of->value, cast)) continue;
        const bool is_first = told.emplace(cast.parameter, cast.type).second;
        if (is_first && !compares_text_too(sql, cast.parameter)) warn_of(owner, cast);
    }
}

}  // namespace weir::config
