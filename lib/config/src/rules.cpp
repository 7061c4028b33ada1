#include "rules.hpp"

#include "weir/base/placeholder.hpp"

#include "nearest.hpp"
#include "policy_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

// Returns the type of a cursor's value. The value is never trimmed: it must find the row that it was made
// from.
value_type read_cursor(section& s, parameter& p) {
    p.is_cursor = true;
    p.rule.trimmed = false;
    if (p.source != parameter_source::query) {
        s.complain(s.at("type"), s.title() + " cannot be a cursor",
                   "a cursor is a query parameter: declare it as query." + p.name);
    }
    return s.word("of", cursor_types) == "integer" ? value_type::integer : value_type::text;
}

value_type read_type(section& s, parameter& p) {
    const parameter_source source = p.source;
    const auto word = s.word("type", value_types);
    if (word == "cursor") return read_cursor(s, p);
    if (word == "integer") return value_type::integer;
    if (word == "boolean") return value_type::boolean;
    if (word != "timestamp") return value_type::text;
    if (source != parameter_source::body) {
        s.complain(
            s.at("type"), s.title() + " cannot be a timestamp",
            "one instant can be written in many ways, each an entry of its own; use a text or an integer");
    }
    return value_type::timestamp;
}

void read_text_options(section& s, parameter& p) {
    read_field(s, rule_fields, "max_length", p);
    if (p.is_cursor) return;
    read_field(s, rule_fields, "lower", p);
    if (p.source != parameter_source::body) return;  // a key part is trimmed and never empty
    read_field(s, rule_fields, "trim", p);
    read_field(s, rule_fields, "empty", p);
}

void read_integer_options(section& s, parameter& p) {
    const value_rule& rule = p.rule;
    read_field(s, rule_fields, "min", p);
    read_field(s, rule_fields, "max", p);
    if (rule.min <= rule.max) return;
    s.complain(s.at("min"), fmt::format("{}: min {} is greater than max {}", s.title(), rule.min, rule.max),
               "no value would be accepted; exchange them");
}

// Returns the value in its normal form, or nullopt after the problem was added.
std::optional<std::string> accepted(section& s, const value_rule& rule, const text_value& value,
                                    std::string_view field) {
    normalised out = normalise(rule, value.text);
    const auto* refusal = std::get_if<value_refusal>(&out);
    if (refusal == nullptr) return std::get<std::string>(std::move(out));
    s.complain(value.at, fmt::format("{}.{}: {} {}", s.title(), field, value.quoted(), refusal->why),
               fmt::format("give {} a value that its own rule accepts", field));
    return std::nullopt;
}

void read_choices(section& s, value_rule& rule) {
    std::vector<std::string> choices;
    for (const auto& value : s.scalars("one_of")) {
        if (auto text = accepted(s, rule, value, "one_of")) choices.push_back(std::move(*text));
    }
    rule.one_of = std::move(choices);
}

void read_default(section& s, parameter& p) {
    const auto value = s.scalar("default");
    if (!value) return;
    value_rule rule = p.rule;
    rule.may_be_empty = rule.may_be_empty || p.is_cursor;  // the beginning, before every text
    p.default_value = accepted(s, rule, *value, "default");
}

std::vector<std::string> names_of(const std::vector<declared_parameter>& parameters) {
    std::vector<std::string> out;
    for (const auto& p : parameters) out.push_back(p.value.name);
    return out;
}

declared_parameter blank_parameter(const std::string& name, parameter_source source, position at) {
    declared_parameter out;
    out.value.name = name;
    out.value.source = source;
    out.at = at;
    return out;
}

void add_path_parameters(section& owner, const path_pattern& path, std::vector<declared_parameter>& out) {
    auto declared = owner.tables("parameter");
    const auto names = path.names();
    for (auto& s : declared) {
        if (std::find(names.begin(), names.end(), s.name()) != names.end()) continue;
        owner.complain(s.at(), fmt::format("{} is not in the path {}", s.title(), path.text),
                       fmt::format("put {} into the path, or remove the declaration{}",
                                   placeholder_text(s.name()), did_you_mean(s.name(), names)));
    }
    for (const auto& name : names) {
        const auto s =
            std::find_if(declared.begin(), declared.end(), [&](section& d) { return d.name() == name; });
        if (s != declared.end()) {
            out.push_back(read_parameter(*s, parameter_source::path));
            continue;
        }
        const node* table = owner.find("parameter");
        if (table == nullptr ||
            table->find(name) == nullptr) {  // otherwise its type is wrong, which was reported
            owner.complain(
                owner.at("path"), fmt::format("the path's {} is not declared", placeholder_text(name)),
                fmt::format("add parameter.{} = {{ type = \"text\", max_length = 64 }}", toml_key(name)));
        }
        out.push_back(blank_parameter(name, parameter_source::path, owner.at("path")));
    }
}

// Reads the fields that only this type has.
void read_options(section& s, parameter& p) {
    const bool is_text = p.rule.type == value_type::text;
    const bool is_integer = p.rule.type == value_type::integer;
    if (is_text) read_text_options(s, p);
    if (is_integer) read_integer_options(s, p);
    if ((is_text || is_integer) && !p.is_cursor && s.has("one_of")) read_choices(s, p.rule);
}

void read_body_options(section& s, parameter& p) {
    p.required = s.boolean("required").value_or(false);
    read_field(s, rule_fields, "null", p);
    if (!p.required || !s.has("default")) return;
    s.complain(s.at("default"), fmt::format("{} is required and has a default", s.title()),
               "remove one of the two: a required field is never absent");
}

}  // namespace

declared_parameter read_parameter(section s, parameter_source source) {
    declared_parameter out = blank_parameter(s.name(), source, s.at());
    parameter& p = out.value;
    if (!is_declarable_name(s.name())) {
        s.complain(s.at(), fmt::format("{} is not a name", s.title()),
                   "write a name without control characters");
    }
    p.rule.type = read_type(s, p);
    read_options(s, p);
    if (source != parameter_source::path) read_default(s, p);
    if (source == parameter_source::query) p.required = !s.has("default");
    if (source == parameter_source::body) read_body_options(s, p);
    s.finish();
    return out;
}

std::vector<declared_parameter> read_parameters(section& owner, const path_pattern& path,
                                                std::string_view rest) {
    std::vector<declared_parameter> out;
    add_path_parameters(owner, path, out);
    const auto source = rest == "query" ? parameter_source::query : parameter_source::body;
    for (auto& s : owner.tables(rest)) {
        auto p = read_parameter(s, source);
        const auto names = names_of(out);
        if (std::find(names.begin(), names.end(), p.value.name) != names.end()) {
            owner.complain(
                p.at, fmt::format("{} has the name of a path parameter", s.title()),
                "rename the one in the path, for example " + placeholder_text("current_" + p.value.name));
            continue;
        }
        out.push_back(std::move(p));
    }
    return out;
}

void check_name(section& owner) {
    const bool ok =
        owner.name().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (ok) return;
    owner.complain(owner.at(), owner.title() + " is not a name", "use lower case letters, digits and _");
}

std::optional<path_pattern> read_path(section& owner) {
    const auto text = owner.verbatim("path");
    if (!text) {
        if (!owner.has("path")) {
            owner.complain(owner.at(), owner.title() + " has no path", "add path = \"/v1/…\"");
        }
        return std::nullopt;
    }
    try {
        return parse_path_pattern(text->text);
    } catch (const std::invalid_argument& error) {
        owner.complain(text->at, fmt::format("{}.path {}: {}", owner.title(), text->quoted(), error.what()),
                       "write a path such as \"/v1/products/{id}\"");
        return std::nullopt;
    }
}

void check_sql_given(section& owner) {
    if (owner.has("sql")) return;
    owner.complain(owner.at(), owner.title() + " has no sql", "add sql = \"\"\"…\"\"\"");
}

read_sql_result read_sql(section& owner, const std::vector<declared_parameter>& parameters) {
    check_sql_given(owner);
    const auto text = owner.verbatim("sql");
    return text ? read_sql(owner, *text, parameters) : read_sql_result{};
}

read_sql_result read_sql(section& owner, const text_value& sql,
                         const std::vector<declared_parameter>& parameters,
                         const std::vector<std::string>& more_names) {
    auto names = names_of(parameters);
    names.insert(names.end(), more_names.begin(), more_names.end());
    std::vector<value_type> types;
    for (const auto& p : parameters) types.push_back(p.value.rule.type);
    const auto converted = to_positional(sql.text, names, types);
    for (const auto& p : converted.problems) {
        owner.complain(owner.position_in(sql, p.offset), fmt::format("{}.sql: {}", owner.title(), p.what),
                       "mend the SQL, or declare the parameter");
    }
    if (!converted.problems.empty()) return {};
    read_sql_result out{converted.sql, {}, true};
    for (const auto& name : converted.names) {
        const auto at = std::find(names.begin(), names.end(), name) - names.begin();
        out.values.push_back(static_cast<std::size_t>(at));
    }
    return out;
}

}  // namespace weir::config
