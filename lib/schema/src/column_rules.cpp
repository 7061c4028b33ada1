#include "weir/schema/column_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weir {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_text(const type_facts& t) {
    constexpr std::array<std::string_view, 5> names{"text", "varchar", "bpchar", "name", "char"};
    return is_one_of(t.name, names);
}

bool is_integer(const type_facts& t) {
    constexpr std::array<std::string_view, 4> names{"int2", "int4", "int8", "oid"};
    return is_one_of(t.name, names);
}

bool is_float(const type_facts& t) {
    return t.name == "float4" || t.name == "float8";
}

bool is_time(const type_facts& t) {
    constexpr std::array<std::string_view, 5> names{"timestamp", "timestamptz", "time", "timetz", "interval"};
    return is_one_of(t.name, names);
}

// Returns whether a value of the type has no text of its own: the text depends on the session, or one value
// has several.
bool is_without_text(const type_facts& t) {
    constexpr std::array<std::string_view, 7> names{"money", "json",   "jsonb", "xml",
                                                    "bytea", "hstore", "record"};
    return is_one_of(t.name, names);
}

constexpr const char* by_tag = "reach the resource by a tag instead of this key";

std::string declare(std::string_view type) {
    return "declare it with type = \"" + std::string{type} + "\"";
}

// Judges what no rule mends, whatever side it is on.
std::optional<type_trouble> never_in_a_key(const type_facts& t) {
    if (is_float(t)) {
        return type_trouble{"whose values have no exact text: 0.1 and 0.10000000000000001 are equal",
                            "make the column numeric or integer, or " + std::string{by_tag}};
    }
    if (is_time(t)) {
        return type_trouble{"whose text depends on the session's settings, and one instant has many",
                            "use a date or an integer column, or " + std::string{by_tag}};
    }
    if (is_without_text(t)) {
        return type_trouble{"whose equal values may have different texts",
                            "use another column, or " + std::string{by_tag}};
    }
    return std::nullopt;
}

// Judges texts that are equal without being the same.
std::optional<type_trouble> loose_equality(const type_facts& t, const value_rule& rule) {
    // A folded rule reads the column as the type compares it: A-Z in one case, and any other letter forgets
    // the whole resource.
    if (t.name == "citext" && !rule.folded) {
        return type_trouble{"which calls texts equal that differ in case",
                            "declare the parameter with lower = true, and compare lower(column::text) = {x}"};
    }
    if (t.name == "bpchar" && !rule.trimmed) {
        return type_trouble{"which ignores trailing blanks", "make the column text"};
    }
    if (!t.is_deterministic) {
        return type_trouble{"whose collation calls different texts equal",
                            "give the column a deterministic collation, or " + std::string{by_tag}};
    }
    return std::nullopt;
}

type_trouble other_type(const type_facts& t) {
    const auto type = declared_type_of(t);
    return {"which is of another type than the parameter's",
            type.empty() ? "use another column" : declare(type)};
}

std::optional<type_trouble> behind_integer(const type_facts& t) {
    if (is_integer(t) || is_text(t) || (t.name == "numeric" && t.scale && *t.scale <= 0)) return std::nullopt;
    if (t.name != "numeric") return other_type(t);
    return type_trouble{"whose text may have a fraction: 5.0 is equal to 5, and no integer",
                        declare("decimal") + ", or make the column an integer"};
}

// Judges a column behind a rule whose type has one text a value. A column of text is read by the same rule,
// so every spelling in it gives that text.
std::optional<type_trouble> behind_typed(const type_facts& t, std::string_view wanted) {
    const bool is_number = wanted == "decimal" && is_integer(t);
    if (declared_type_of(t) == wanted || is_text(t) || is_number) return std::nullopt;
    return other_type(t);
}

}  // namespace

std::string declared_type_of(const type_facts& t) {
    if (is_integer(t)) return "integer";
    if (t.name == "numeric") return "decimal";
    if (t.name == "bool") return "boolean";
    if (t.name == "uuid" || t.name == "date") return t.name;
    return is_text(t) || t.is_enum ? "text" : std::string{};
}

std::optional<type_trouble> column_trouble(const type_facts& column, const value_rule& rule) {
    if (column.is_array) {
        return type_trouble{"an array, whose elements are no single value",
                            "write {NAME[]} for a key of each element, or " + std::string{by_tag}};
    }
    if (auto trouble = never_in_a_key(column)) return trouble;
    if (auto trouble = loose_equality(column, rule)) return trouble;
    switch (rule.type) {
        case value_type::text:  // the SQL compares the column's text; otherwise parameter_trouble() tells
            return std::nullopt;
        case value_type::integer:
            return behind_integer(column);
        case value_type::decimal:
            return behind_typed(column, "decimal");
        case value_type::boolean:
            return behind_typed(column, "boolean");
        case value_type::uuid:
            return behind_typed(column, "uuid");
        case value_type::date:
            return behind_typed(column, "date");
        case value_type::timestamp:
        case value_type::json:
            return std::nullopt;  // no key has one
    }
    return std::nullopt;
}

std::optional<type_trouble> parameter_trouble(const type_facts& inferred, const value_rule& rule) {
    if (inferred.is_array) return std::nullopt;
    if (rule.type != value_type::text) return std::nullopt;
    if (auto trouble = never_in_a_key(inferred)) return trouble;
    if (auto trouble = loose_equality(inferred, rule)) return trouble;
    const auto type = declared_type_of(inferred);
    if (type.empty() || type == "text") return std::nullopt;
    return type_trouble{
        "of which one value has several spellings: each would be a key of its own, and only one of "
        "them is invalidated",
        declare(type)};
}

std::optional<type_trouble> other_type_declared(const type_facts& inferred, const value_rule& rule) {
    constexpr std::array<std::string_view, 8> words{"text", "integer", "decimal",   "boolean",
                                                    "uuid", "date",    "timestamp", "json"};
    const auto type = declared_type_of(inferred);
    const auto declared = words[static_cast<std::size_t>(rule.type)];
    if (inferred.is_array || type.empty() || type == declared) return std::nullopt;
    return type_trouble{"and it is declared as " + std::string{declared}, declare(type)};
}

}  // namespace weir
