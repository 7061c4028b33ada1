#include "value_rules.hpp"

#include "weir/policy/array_literal.hpp"

#include "policy_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::config {
namespace {

// Returns the type of that name, without the brackets of an array.
value_type type_named(std::string_view word) {
    const auto at = std::find(scalar_types.begin(), scalar_types.end(), word);
    return at == scalar_types.end() ? value_type::text : static_cast<value_type>(at - scalar_types.begin());
}

// Reads a cursor. Its value is never trimmed: it must find the row that it was made from.
void read_cursor(section& s, parameter& p) {
    p.is_cursor = true;
    p.rule.trimmed = false;
    if (p.source != parameter_source::query) {
        s.complain(s.at("type"), s.title() + " cannot be a cursor",
                   "a cursor is a query parameter: declare it as query." + p.name);
    }
    p.rule.type = type_named(s.word("of", cursor_types).value_or("text"));
}

// Refuses in paths and queries the types whose values have no one text.
void check_place(section& s, const parameter& p, std::string_view word) {
    if (p.source == parameter_source::body) return;
    std::string_view todo;
    if (p.rule.is_array) {
        todo =
            "one list can be written in many ways, each an entry of its own; declare a parameter for one "
            "item";
    } else if (p.rule.type == value_type::json) {
        todo =
            "one value can be written in many ways, each an entry of its own; declare its parts as "
            "parameters";
    } else if (p.rule.type == value_type::timestamp) {
        todo =
            "one instant can be written in many ways, each an entry of its own; use a date, a text or an "
            "integer";
    }
    if (todo.empty()) return;
    const std::string_view article = word.front() == 'i' ? "an" : "a";
    s.complain(s.at("type"), fmt::format("{} cannot be {} {}", s.title(), article, word), std::string{todo});
}

void read_type(section& s, parameter& p) {
    constexpr std::string_view brackets = "[]";
    const std::string word = s.word("type", value_types).value_or("text");
    if (word == "cursor") return read_cursor(s, p);
    p.rule.is_array = word.ends_with(brackets);
    p.rule.type = type_named(word.substr(0, word.size() - (p.rule.is_array ? brackets.size() : 0)));
    if (p.source == parameter_source::body) p.rule.trimmed = false;
    check_place(s, p, word);
}

void read_text_options(section& s, parameter& p) {
    read_field(s, rule_fields, "max_length", p);
    if (p.is_cursor) return;
    read_field(s, rule_fields, "lower", p);
    if (p.source != parameter_source::body) return;  // a key part is trimmed and never empty
    read_field(s, rule_fields, "trim", p);
    read_field(s, rule_fields, "empty", p);
}

void read_number_options(section& s, parameter& p) {
    const value_rule& rule = p.rule;
    read_field(s, rule_fields, "min", p);
    read_field(s, rule_fields, "max", p);
    if (p.source == parameter_source::body) read_field(s, rule_fields, "as_string", p);
    if (rule.min <= rule.max) return;
    s.complain(s.at("min"), fmt::format("{}: min {} is greater than max {}", s.title(), rule.min, rule.max),
               "no value would be accepted; exchange them");
}

void read_json_options(section& s, parameter& p) {
    p.rule.length_max = json_length_max;
    read_field(s, rule_fields, "max_length", p);
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

bool may_have_choices(const parameter& p) {
    switch (p.rule.type) {
        case value_type::text:
        case value_type::integer:
        case value_type::decimal:
        case value_type::uuid:
        case value_type::date:
            return !p.is_cursor;
        case value_type::boolean:
        case value_type::timestamp:
        case value_type::json:
            return false;
    }
    return false;
}

// Reads the fields that only this type has.
void read_options(section& s, parameter& p) {
    const value_type type = p.rule.type;
    if (type == value_type::text) read_text_options(s, p);
    if (type == value_type::integer || type == value_type::decimal) read_number_options(s, p);
    if (type == value_type::json) read_json_options(s, p);
    if (p.rule.is_array) {
        read_field(s, rule_fields, "max_items", p);
        read_field(s, rule_fields, "null_items", p);
    }
    if (may_have_choices(p) && s.has("one_of")) read_choices(s, p.rule);
}

void read_default_list(section& s, parameter& p) {
    const node* list = s.find("default");
    if (list == nullptr) return;
    array_literal made;
    const bool is_empty = list->kind == node_kind::array && list->children.empty();
    if (!is_empty) {
        for (const auto& item : s.scalars("default")) {
            if (const auto value = accepted(s, p.rule, item, "default")) made.add(*value);
        }
    }
    p.default_value = std::move(made).text();
}

void read_default(section& s, parameter& p) {
    if (p.rule.is_array) return read_default_list(s, p);
    const auto value = s.scalar("default");
    if (!value) return;
    value_rule rule = p.rule;
    rule.may_be_empty = rule.may_be_empty || p.is_cursor;  // the beginning, before every text
    p.default_value = accepted(s, rule, *value, "default");
}

void read_body_options(section& s, parameter& p) {
    p.required = s.boolean("required").value_or(false);
    read_field(s, rule_fields, "null", p);
    if (!p.required || !s.has("default")) return;
    s.complain(s.at("default"), fmt::format("{} is required and has a default", s.title()),
               "remove one of the two: a required field is never absent");
}

}  // namespace

void read_rule(section& s, parameter& p) {
    read_type(s, p);
    read_options(s, p);
    if (p.source != parameter_source::path) read_default(s, p);
    if (p.source == parameter_source::query) p.required = !s.has("default");
    if (p.source == parameter_source::body) read_body_options(s, p);
}

}  // namespace weir::config
