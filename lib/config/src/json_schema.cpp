// Prints the JSON Schema of the file. What the environment may give is allowed as a text with "${" in it.
#include "weir/config/reference.hpp"
#include "weir/config/units.hpp"

#include "described.hpp"
#include "policy_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::config {
namespace {

namespace json = boost::json;

constexpr std::string_view reference_of_environment = R"(\$\{)";

json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

json::object text_of(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", fmt::format("{}|{}", pattern, reference_of_environment)}};
}

json::object or_text(json::object other) {
    json::object environment{{"type", "string"}, {"pattern", reference_of_environment}};
    return {{"anyOf", json::array{std::move(other), std::move(environment)}}};
}

json::object list_of(json::value items) {
    return {{"type", "array"}, {"items", json::object{{"type", std::move(items)}}}};
}

struct schema_of_shape {
    json::object operator()(text) const { return {{"type", "string"}}; }
    json::object operator()(verbatim) const { return {{"type", "string"}}; }
    json::object operator()(address) const { return text_of(":[0-9]+$"); }
    json::object operator()(key_segment) const { return text_of("^[a-z0-9._-]{1,64}$"); }
    json::object operator()(yes_or_no) const { return or_text({{"type", "boolean"}}); }
    json::object operator()(scalar) const {
        return {{"type", json::array{"string", "integer", "boolean", "array"}}};
    }
    json::object operator()(text_list) const { return list_of("string"); }
    json::object operator()(one_or_more) const {
        return {{"anyOf", json::array{json::object{{"type", "string"}}, list_of("string")}}};
    }
    json::object operator()(scalar_list) const { return list_of(json::array{"string", "integer"}); }
    json::object operator()(duration_bounds) const { return text_of("^[0-9]+(ms|s|m|h|d)$"); }
    json::object operator()(size_bounds) const { return text_of("^([0-9]+(B|KiB|MiB|GiB)|0)$"); }
    json::object operator()(integer_bounds b) const { return or_text(bounded("integer", b)); }
    json::object operator()(number_bounds b) const { return or_text(bounded("number", b)); }
    json::object operator()(rule_table) const {
        return {{"type", "object"}, {"additionalProperties", json::object{{"$ref", "#/$defs/rule"}}}};
    }
    json::object operator()(const table_list& of) const {
        return {{"type", "array"}, {"items", json::object{{"$ref", fmt::format("#/$defs/{}", of.kind)}}}};
    }
    json::object operator()(reason_table t) const {
        json::object one{{"type", "object"},
                         {"properties", json::object{{"reason", json::object{{"type", "string"}}}}},
                         {"required", json::array{"reason"}},
                         {"additionalProperties", false}};
        if (!t.is_named) return one;
        return {{"type", "object"}, {"additionalProperties", std::move(one)}};
    }
    json::object operator()(const url& of) const {
        std::string schemes;
        for (const auto scheme : of.schemes) schemes += (schemes.empty() ? "^(" : "|") + escaped(scheme);
        return text_of(schemes + ")");
    }
    json::object operator()(const choice& of) const {
        json::array words;
        for (const auto word : of.of) words.emplace_back(view(word));
        return or_text({{"enum", std::move(words)}});
    }

 private:
    static json::object bounded(std::string_view type, number_bounds b) {
        return {{"type", type},
                {"minimum", static_cast<std::int64_t>(b.min)},
                {"maximum", static_cast<std::int64_t>(b.max)}};
    }
    static json::object bounded(std::string_view type, integer_bounds b) {
        if (b.min == any_integer.min) return {{"type", type}};
        return {{"type", type}, {"minimum", b.min}, {"maximum", b.max}};
    }
    static std::string escaped(std::string_view scheme) {
        std::string out;
        for (const char c : scheme) out += c == '+' ? "\\+" : std::string(1, c);
        return out;
    }
};

// Returns the schema of a field. Only a literal default becomes one: the reference describes the others in
// words.
json::object schema_of(const described_field& f) {
    json::object out = std::visit(schema_of_shape{}, f.written);
    if (!f.doc.empty()) out["description"] = view(f.doc);
    if (!f.initial.empty()) out["default"] = json::parse(f.initial);
    return out;
}

// Returns the first part of a dotted name: `parameter` of "parameter.NAME".
std::string_view first_name(std::string_view name) {
    return name.substr(0, name.find('.'));
}

json::object schema_of(const described_table& table) {
    json::object properties;
    json::array required;
    for (const auto& f : table.fields) {
        properties[view(first_name(f.name))] = schema_of(f);
        if (f.absent == needed) required.emplace_back(view(f.name));
    }
    json::object out{
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

// Requires a reason of a private resource, and allows it no field of the cacheable.
void add_privacy(json::object& resource) {
    json::object forbidden;
    json::array needed_otherwise;
    for (const auto& f : cacheable_fields) {
        forbidden[view(first_name(f.name))] = false;
        if (f.absent.words == needed_unless_private) needed_otherwise.emplace_back(view(f.name));
    }
    const json::object is_true{{"private", json::object{{"const", true}}}};
    resource["if"] = json::object{{"properties", is_true}, {"required", json::array{"private"}}};
    resource["then"] =
        json::object{{"properties", std::move(forbidden)}, {"required", json::array{"reason"}}};
    resource["else"] = json::object{{"required", std::move(needed_otherwise)}};
}

bool is_named(const described_table& table) {
    return table.name.find('.') != std::string_view::npos;
}

// Returns whether the tables of a kind may have any name: that of a change is a table's.
bool is_any_name(std::string_view name) {
    return first_name(name) == "change";
}

// Returns the schema of a table of tables, whose names the file's author chooses.
json::object named(std::string_view name) {
    return {{"type", "object"},
            {"propertyNames", json::object{{"pattern", is_any_name(name) ? "." : "^[a-z0-9_]+$"}}},
            {"additionalProperties", json::object{{"$ref", fmt::format("#/$defs/{}", first_name(name))}}}};
}

bool is_container(const json::value& v) {
    return (v.is_object() && !v.get_object().empty()) || (v.is_array() && !v.get_array().empty());
}

void print(const json::value& v, std::string& out, int depth);

void print_member(std::string_view head, const json::value& v, std::string& out, int depth, bool is_last) {
    out += std::string(static_cast<std::size_t>(depth) * 2, ' ') + std::string{head};
    print(v, out, depth);
    out += is_last ? "\n" : ",\n";
}

// Prints a value, indented by two spaces, so that a changed field changes few lines.
void print(const json::value& v, std::string& out, int depth) {
    if (!is_container(v)) {
        out += json::serialize(v);
        return;
    }
    out += v.is_object() ? "{\n" : "[\n";
    if (v.is_object()) {
        std::size_t left = v.get_object().size();
        for (const auto& member : v.get_object()) {
            print_member(json::serialize(json::string{member.key()}) + ": ", member.value(), out, depth + 1,
                         --left == 0);
        }
    } else {
        std::size_t left = v.get_array().size();
        for (const auto& item : v.get_array()) print_member("", item, out, depth + 1, --left == 0);
    }
    out += std::string(static_cast<std::size_t>(depth) * 2, ' ') + (v.is_object() ? "}" : "]");
}

}  // namespace

std::string json_schema() {
    json::object properties;
    json::object definitions;
    for (const auto& table : described_tables()) {
        const auto name = view(first_name(table.name));
        const bool is_definition = is_named(table) || name == "rule" || name == "through";
        if (is_named(table)) properties[name] = named(table.name);
        (is_definition ? definitions : properties)[name] = schema_of(table);
    }
    add_privacy(definitions["resource"].as_object());
    const json::value all = json::object{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                         {"title", "Weir's configuration file"},
                                         {"type", "object"},
                                         {"properties", std::move(properties)},
                                         {"additionalProperties", false},
                                         {"$defs", std::move(definitions)}};
    std::string out;
    print(all, out, 0);
    return out + "\n";
}

}  // namespace weir::config
