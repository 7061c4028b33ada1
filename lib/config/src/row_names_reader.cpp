#include "row_names_reader.hpp"

#include "weir/base/placeholder.hpp"

#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <stdexcept>

namespace weir::config {
namespace {

constexpr kind_of_name a_key{"keys", "key", false};
constexpr kind_of_name a_tag{"tags", "tag", true};

// Returns the resource's own, not copies: each name of a file with thousands of resources asks all of them.
std::span<const key_template> named_by(const resource_draft& r, const kind_of_name& kind) {
    if (!r.value.cached) return {};
    if (kind.is_tag) return r.value.cached->tags;
    return {&r.value.cached->key, r.has_key() ? std::size_t{1} : std::size_t{0}};
}

std::vector<std::string> known_names(const drafts& all, const kind_of_name& kind) {
    std::vector<std::string> out;
    for (const auto& r : all.resources) {
        for (const auto& name : named_by(r, kind)) out.push_back(name.text());
    }
    return out;
}

bool is_absent(const node* list) {
    return list == nullptr || (list->kind == node_kind::array && list->children.empty());
}

const key_template::placeholder* placeholder_in(const key_template::segment& segment) {
    return std::get_if<key_template::placeholder>(&segment);
}

// Returns a value of a parameter as it stands in a key. It may be written as in a key (in%20stock), or
// plainly. Returns nullopt, and the reason, for a value that no request can give.
std::optional<std::string> admitted(const parameter& p, const std::string& written, std::string& refusal) {
    const auto value = decode_uri_component(written);
    const normalised out = value ? normalise(p.rule, *value) : normalised{value_refusal{"has a malformed %"}};
    if (const auto* text = std::get_if<std::string>(&out)) return key_part(*text);
    refusal = fmt::format("{} {}", p.name, std::get<value_refusal>(out).why);
    return std::nullopt;
}

std::string text_of(const key_template::segment& segment) {
    const auto* placeholder = placeholder_in(segment);
    return placeholder != nullptr ? placeholder_text(placeholder->name) : std::get<std::string>(segment);
}

}  // namespace

void row_names_reader::read() {
    read_names(a_key, to_.keys);
    read_names(a_tag, to_.tags);
    if (!is_absent(s_.find("keys")) || !is_absent(s_.find("tags"))) return;
    s_.complain(s_.at("keys"), s_.title() + " names neither keys nor tags",
                "add keys = [\"products:item:{id}\"]: what a changed row of the table touches");
}

void row_names_reader::read_names(const kind_of_name& kind, std::vector<key_template>& to) {
    for (const auto& text : s_.texts(kind.field)) {
        try {
            add_name(kind, text, to);
        } catch (const std::invalid_argument& error) {
            s_.complain(
                text.at, fmt::format("{}.{} \"{}\": {}", s_.title(), kind.field, text.text, error.what()),
                fmt::format("write the {} of a resource, with the table's columns in braces", kind.noun));
        }
    }
}

// Resources that share a tag may read its parameters by different rules; then a row touches the tag as each
// of them spells it.
void row_names_reader::add_name(const kind_of_name& kind, const text_value& text,
                                std::vector<key_template>& to) {
    constexpr auto any_index = [](std::string_view) { return std::size_t{0}; };
    const auto written = key_template::parse(text.text, any_index, key_template::literals::encoded);
    bool is_owned = false;
    std::string refusal;
    for (const std::size_t i : (kind.is_tag ? all_.tags : all_.keys).overlapping(shape_of(written))) {
        const resource_draft& r = all_.resources[i];
        for (const auto& owned : named_by(r, kind)) {
            if (!owned.covers(written)) continue;
            const auto admitted_text = with_admitted_literals(written, owned, r.value, refusal);
            if (!admitted_text) continue;
            auto made = with_columns(*admitted_text, owned, r.value);
            if (std::find(to.begin(), to.end(), made) == to.end()) to.push_back(std::move(made));
            is_owned = true;
        }
    }
    if (is_owned) return;
    if (!refusal.empty()) return complain_refused(kind, text, refusal);
    // What is wrong with its form comes first.
    key_template::parse(text.text, any_index);
    // The name may belong to a resource whose own key was refused. That mistake is reported first.
    if (!is_any_refused(kind)) complain_no_owner(kind, text);
}

// Returns the text of the template, with each literal that stands for a parameter as the keys have it.
// Returns nullopt if the parameter admits no such value.
std::optional<std::string> row_names_reader::with_admitted_literals(const key_template& written,
                                                                    const key_template& owned,
                                                                    const resource& owner,
                                                                    std::string& refusal) const {
    std::string out;
    for (std::size_t i = 0; i < written.segments().size(); ++i) {
        std::string text = text_of(written.segments()[i]);
        const auto* parameter = placeholder_in(owned.segments()[i]);
        if (parameter != nullptr && placeholder_in(written.segments()[i]) == nullptr) {
            auto value = admitted(owner.parameters[parameter->index], text, refusal);
            if (!value) {
                refusal.insert(0, owner.name + "'s ");
                return std::nullopt;
            }
            text = std::move(*value);
        }
        if (i > 0) out += ':';
        out += text;
    }
    return out;
}

bool row_names_reader::is_any_refused(const kind_of_name& kind) const {
    return std::any_of(all_.resources.begin(), all_.resources.end(), [&](const resource_draft& r) {
        return kind.is_tag ? r.has_refused_tag : r.value.cached && !r.has_key();
    });
}

void row_names_reader::complain_refused(const kind_of_name& kind, const text_value& text,
                                        const std::string& why) {
    s_.complain(
        text.at,
        fmt::format("{}.{} \"{}\": no request can ask for it: {}", s_.title(), kind.field, text.text, why),
        "write a value that the parameter's rule accepts, or a column in braces");
}

void row_names_reader::complain_no_owner(const kind_of_name& kind, const text_value& text) {
    const auto known = known_names(all_, kind);
    const std::string hint = nearest(text.text, known);
    std::string todo = hint.empty()
                           ? fmt::format("write the {} of a cached resource: {}", kind.noun, joined(known))
                           : fmt::format("did you mean \"{}\"? Only the names in braces may differ", hint);
    if (known.empty()) todo = fmt::format("declare it: {} = […] in a cached resource", kind.field);
    s_.complain(
        text.at,
        fmt::format("{}.{} \"{}\" is the {} of no resource", s_.title(), kind.field, text.text, kind.noun),
        std::move(todo));
}

// Returns the template with columns for its placeholders. A column is normalised by the rule of the parameter
// in the same position, so that both build the same name.
key_template row_names_reader::with_columns(const std::string& text, const key_template& owned,
                                            const resource& owner) {
    constexpr auto any_index = [](std::string_view) { return std::size_t{0}; };
    const auto written = key_template::parse(text, any_index, key_template::literals::encoded);
    std::vector<const value_rule*> rules;
    for (std::size_t i = 0; i < written.segments().size(); ++i) {
        if (placeholder_in(written.segments()[i]) == nullptr) continue;
        rules.push_back(&owner.parameters[placeholder_in(owned.segments()[i])->index].rule);
    }
    std::size_t position = 0;
    const auto column_of = [&](std::string_view name) { return column(name, *rules[position++]); };
    return key_template::parse(text, column_of, key_template::literals::encoded);
}

std::size_t row_names_reader::column(std::string_view name, const value_rule& rule) {
    const bool is_each = name.ends_with(each_element);
    if (is_each) name.remove_suffix(each_element.size());
    auto& columns = to_.columns;
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const change::column& c) {
        return c.name == name && c.rule == rule && c.each_element == is_each;
    });
    if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
    columns.push_back({std::string{name}, rule, is_each});
    return columns.size() - 1;
}

}  // namespace weir::config
