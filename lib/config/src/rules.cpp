#include "rules.hpp"

#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

// What a cursor's value is. It is never trimmed: it must find the row that it was made from.
value_type read_cursor(section& s, parameter& p) {
    p.is_cursor = true;
    p.rule.trimmed = false;
    if (p.source != parameter_source::query) {
        s.complain(s.at("type"), s.title() + " cannot be a cursor",
                   "a cursor is a query parameter: declare it as query." + p.name);
    }
    return s.word("of", {"text", "integer"}) == "integer" ? value_type::integer : value_type::text;
}

value_type read_type(section& s, parameter& p) {
    const parameter_source source = p.source;
    const auto word = s.word("type", {"text", "integer", "boolean", "timestamp", "cursor"});
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
    value_rule& rule = p.rule;
    if (const auto v = s.integer("max_length", {1, 1'000'000}))
        rule.length_max = static_cast<std::size_t>(*v);
    if (p.is_cursor) return;
    if (const auto v = s.boolean("lower")) rule.folded = *v;
    if (p.source != parameter_source::body) return;  // a key part is trimmed and never empty
    if (const auto v = s.boolean("trim")) rule.trimmed = *v;
    if (const auto v = s.boolean("empty")) rule.may_be_empty = *v;
}

void read_integer_options(section& s, value_rule& rule) {
    constexpr integer_bounds any{std::numeric_limits<std::int64_t>::min(),
                                 std::numeric_limits<std::int64_t>::max()};
    if (const auto v = s.integer("min", any)) rule.min = *v;
    if (const auto v = s.integer("max", any)) rule.max = *v;
    if (rule.min > rule.max) {
        s.complain(s.at("min"),
                   fmt::format("{}: min {} is greater than max {}", s.title(), rule.min, rule.max),
                   "no value would be accepted; exchange them");
    }
}

// The value in normalised form, or nothing after the problem was added.
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

declared_parameter blank_parameter(const std::string& name, parameter_source source, place at) {
    declared_parameter out;
    out.value.name = name;
    out.value.source = source;
    out.at = at;
    return out;
}

bool is_parameter_name(std::string_view name) {
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

void add_path_parameters(section& owner, const path_pattern& path, std::vector<declared_parameter>& out) {
    auto declared = owner.tables("parameter");
    const auto names = path.names();
    for (auto& s : declared) {
        if (std::find(names.begin(), names.end(), s.name()) != names.end()) continue;
        owner.complain(s.at(), fmt::format("{} is not in the path {}", s.title(), path.text),
                       fmt::format("put {{{}}} into the path, or remove the declaration{}", s.name(),
                                   did_you_mean(s.name(), names)));
    }
    for (const auto& name : names) {
        const auto s =
            std::find_if(declared.begin(), declared.end(), [&](section& d) { return d.name() == name; });
        if (s != declared.end()) {
            out.push_back(read_parameter(*s, parameter_source::path));
            continue;
        }
        const node* table = owner.find("parameter");
        if (table == nullptr || table->find(name) == nullptr) {  // else its type is wrong, and that was told
            owner.complain(owner.at("path"), fmt::format("the path's {{{}}} is not declared", name),
                           fmt::format("add parameter.{} = {{ type = \"text\", max_length = 64 }}", name));
        }
        out.push_back(blank_parameter(name, parameter_source::path, owner.at("path")));
    }
}

}  // namespace

declared_parameter read_parameter(section s, parameter_source source) {
    declared_parameter out = blank_parameter(s.name(), source, s.at());
    value_rule& rule = out.value.rule;
    if (!is_parameter_name(s.name())) {
        s.complain(s.at(), fmt::format("{} is not a name", s.title()),
                   "use lower case letters, digits and _");
    }
    rule.type = read_type(s, out.value);
    if (rule.type == value_type::text) read_text_options(s, out.value);
    if (rule.type == value_type::integer) read_integer_options(s, rule);
    const bool has_choices = rule.type == value_type::text || rule.type == value_type::integer;
    if (has_choices && !out.value.is_cursor && s.has("one_of")) read_choices(s, rule);
    if (source != parameter_source::path) read_default(s, out.value);
    if (source == parameter_source::query) out.value.required = !s.has("default");
    if (source == parameter_source::body) {
        out.value.required = s.boolean("required").value_or(false);
        rule.may_be_null = s.boolean("null").value_or(false);
        if (out.value.required && s.has("default")) {
            s.complain(s.at("default"), fmt::format("{} is required and has a default", s.title()),
                       "remove one of the two: a required field is never absent");
        }
    }
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
            owner.complain(p.at, fmt::format("{} has the name of a path parameter", s.title()),
                           "rename the one in the path, for example {current_" + p.value.name + "}");
            continue;
        }
        out.push_back(std::move(p));
    }
    return out;
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
    if (!text) return {};
    const auto names = names_of(parameters);
    std::vector<value_type> types;
    for (const auto& p : parameters) types.push_back(p.value.rule.type);
    const auto converted = to_positional(text->text, names, types);
    for (const auto& p : converted.problems) {
        owner.complain(owner.place_in("sql", p.offset), fmt::format("{}.sql: {}", owner.title(), p.what),
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
