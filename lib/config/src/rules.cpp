#include "rules.hpp"

#include "weir/base/placeholder.hpp"

#include "nearest.hpp"
#include "value_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

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

}  // namespace

declared_parameter read_parameter(section s, parameter_source source) {
    declared_parameter out = blank_parameter(s.name(), source, s.at());
    parameter& p = out.value;
    if (!is_declarable_name(s.name())) {
        s.complain(s.at(), fmt::format("{} is not a name", s.title()),
                   "write a name without control characters");
    }
    read_rule(s, p);
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
    std::vector<std::string> types;
    for (const auto& p : parameters) types.push_back(sql_type_of(p.value.rule));
    const auto converted = to_positional(sql.text, names, types);
    for (const auto& p : converted.problems) {
        owner.complain(owner.position_in(sql, p.offset), fmt::format("{}.sql: {}", owner.title(), p.what),
                       "mend the SQL, or declare the parameter");
    }
    if (!converted.problems.empty()) return {};
    read_sql_result out{converted.sql, {}, true, to_positional(sql.text, names).sql};
    for (const auto& name : converted.names) {
        const auto at = std::find(names.begin(), names.end(), name) - names.begin();
        out.values.push_back(static_cast<std::size_t>(at));
    }
    return out;
}

}  // namespace weir::config
