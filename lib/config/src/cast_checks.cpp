#include "cast_checks.hpp"

#include "weir/config/sql_casts.hpp"

#include "policy_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace weir::config {
namespace {

template <std::size_t N>
bool is_among(std::string_view type, const std::array<std::string_view, N>& types) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

constexpr auto whole_numbers =
    std::to_array<std::string_view>({"smallint", "int2", "integer", "int", "int4", "bigint", "int8"});
constexpr auto exact_numbers = std::to_array<std::string_view>({"numeric", "decimal"});
constexpr auto floats =
    std::to_array<std::string_view>({"real", "float4", "float", "float8", "double precision"});
constexpr auto booleans = std::to_array<std::string_view>({"boolean", "bool"});
constexpr auto days = std::to_array<std::string_view>({"date", "timestamp", "timestamptz"});

std::string_view without_suffix(std::string_view type) {
    return type.substr(0, type.find_first_of("(["));
}

// Returns the type without Postgres' own schema and without quotes: pg_catalog.uuid and "uuid" are uuid.
std::string plain_name(std::string type) {
    constexpr std::string_view catalog = "pg_catalog.";
    if (type.starts_with(catalog)) type.erase(0, catalog.size());
    if (type.size() > 2 && type.front() == '"' && type.find('"', 1) == type.size() - 1) {
        type = type.substr(1, type.size() - 2);
    }
    return type;
}

bool has_suffix(std::string_view type) {
    return type.find_first_of("([") != std::string_view::npos;
}

// Returns whether the cast gives different values of the parameter different values, so that it makes no two
// of them equal. A type without a built-in name is a domain or an enum; its values are those of the
// parameter, and Postgres refuses what it does not have.
bool keeps_apart(const value_rule& rule, const std::string& type) {
    if (!is_built_in_type(type) || compares_as_text(type)) return true;
    switch (rule.type) {
        case value_type::integer:
            return is_among(type, whole_numbers) || is_among(type, exact_numbers) || type == "oid";
        case value_type::decimal:
            return is_among(type, exact_numbers);
        case value_type::boolean:
            return is_among(type, booleans) || is_among(type, whole_numbers);
        case value_type::uuid:
            return type == "uuid";
        case value_type::date:
            return is_among(type, days);
        case value_type::text:
        case value_type::timestamp:
        case value_type::json:
            return false;
    }
    return false;
}

// Returns the type to declare for values that Postgres compares as `type`; empty if Weir has none that a key
// may have.
std::string_view type_for(std::string_view type) {
    const std::string_view plain = without_suffix(type);
    if (type.find('[') != std::string_view::npos) return {};
    if (is_among(plain, whole_numbers)) return "integer";
    if (is_among(plain, exact_numbers) || is_among(plain, floats)) return "decimal";
    if (is_among(plain, booleans)) return "boolean";
    if (plain == "uuid" || plain == "date") return plain;
    return {};
}

std::string declaration_of(const parameter& p, std::string_view type) {
    return fmt::format("{}.{} = {{ {} }}", p.source == parameter_source::path ? "parameter" : "query", p.name,
                       type);
}

// Returns what to write in place of a cast of text.
std::string remedy_for_text(const parameter& p, const std::string& type) {
    const std::string_view plain = without_suffix(type);
    const std::string_view wanted = type_for(type);
    const std::string typed = declaration_of(p, fmt::format("type = \"{}\"", wanted));
    if (is_among(plain, floats)) {
        return fmt::format("values of {} have no exact text: make the column numeric, and declare {}", type,
                           typed);
    }
    if (!wanted.empty()) {
        return fmt::format(
            "declare {}{}", typed,
            has_suffix(type) ? fmt::format(", and compare column = {{{}}} without the cast", p.name) : "");
    }
    if (type.find('[') != std::string::npos) {
        return "one list can be written in many ways: declare a parameter for one item, and compare "
               "{item} = any(column)";
    }
    if (plain == "json" || plain == "jsonb") {
        return "one value can be written in many ways: declare its parts as parameters, such as column @> "
               "jsonb_build_object('colour', {colour})";
    }
    if (plain.starts_with("timestamp")) {
        return fmt::format(
            "one time can be written in many ways: declare {}, or an integer, such as "
            "to_timestamp({{{}}})",
            declaration_of(p, "type = \"date\""), p.name);
    }
    if (plain == "citext") {
        return fmt::format("declare {}, and compare lower(column::text) = {{{}}}",
                           declaration_of(p, "lower = true"), p.name);
    }
    if (is_built_in_type(type))
        return fmt::format("compare the column's text: column::text = {{{}}}", p.name);
    return fmt::format("of an enum, list its values: {}; otherwise compare column::text = {{{}}}",
                       declaration_of(p, "one_of = [\"…\"]"), p.name);
}

std::string_view noun_of(value_type type) {
    return scalar_types.at(static_cast<std::size_t>(type));
}

// Returns whether two requests that differ only in spelling can reach this cast. No client spells the value
// of a cursor. An enum whose values are listed has no other spelling. Where the SQL also compares the
// column's text, another spelling finds nothing; that is the way for types that Weir has not.
bool is_dangerous(const parameter& p, const sql_cast& cast, const std::string& sql) {
    if (p.is_cursor) return false;
    if (p.rule.type != value_type::text) return !keeps_apart(p.rule, cast.type);
    if (compares_as_text(cast.type)) return false;
    if (!p.rule.one_of.empty() && !is_built_in_type(cast.type)) return false;
    const bool is_narrowed = compares_text_too(sql, cast.parameter) && !has_word(sql, "or");
    return !is_narrowed || !type_for(cast.type).empty();
}

void complain_of(section& owner, const parameter& p, const sql_cast& cast) {
    const bool is_text = p.rule.type == value_type::text;
    owner.complain(
        owner.position_in("sql", cast.offset),
        fmt::format("{}.sql compares the {} {{{}}} as {}: two {} that Postgres calls equal get two keys, and "
                    "only one of them is invalidated",
                    owner.title(), noun_of(p.rule.type), p.name, cast.type, is_text ? "spellings" : "values"),
        is_text ? remedy_for_text(p, cast.type)
                : fmt::format("compare column = {{{}}} without the cast", p.name));
}

}  // namespace

void check_casts(section& owner, const std::vector<declared_parameter>& parameters) {
    const std::string sql = owner.verbatim("sql")->text;
    std::set<std::pair<std::string, std::string>> told;
    for (sql_cast cast : parameter_casts(sql)) {
        cast.type = plain_name(std::move(cast.type));
        const auto of = std::find_if(parameters.begin(), parameters.end(),
                                     [&](const auto& p) { return p.value.name == cast.parameter; });
        if (of == parameters.end() || !is_dangerous(of->value, cast, sql)) continue;
        if (told.emplace(cast.parameter, cast.type).second) complain_of(owner, of->value, cast);
    }
}

}  // namespace weir::config
