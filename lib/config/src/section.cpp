#include "section.hpp"

#include "weir/config/environment.hpp"
#include "weir/config/units.hpp"

#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::config {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

}  // namespace

void reading::note_unset(position at, const std::string& field, const std::string& variable) const {
    unset->push_back({out.file(), at.line, at.column,
                      fmt::format("{} needs {}, which is not set", field, variable),
                      fmt::format("set {} before weir serve", variable)});
}

std::string section::path(std::string_view field) const {
    return title_.empty() ? std::string{field} : title_ + "." + std::string{field};
}

const node* section::ask(std::string_view field) {
    if (std::find(known_.begin(), known_.end(), field) == known_.end()) known_.emplace_back(field);
    return table_->find(field);
}

const node* section::find(std::string_view field) {
    return ask(field);
}
bool section::has(std::string_view field) {
    return ask(field) != nullptr;
}

position section::at(std::string_view field) const {
    const node* n = table_->find(field);
    return n != nullptr ? n->at : table_->at;
}

position section::position_in(std::string_view field, std::size_t offset) const {
    const node* n = table_->find(field);
    return n != nullptr ? position_in_text(r_->file, *n, offset) : table_->at;
}

position section::position_in(const text_value& of, std::size_t offset) const {
    node value;
    value.value_at = of.at;
    value.text = of.text;
    return position_in_text(r_->file, value, offset);
}

void section::wrong_type(const node& n, std::string_view wanted) {
    complain(n.value_at,
             fmt::format("{} is not {}", n.name.empty() ? title_ + "'s item" : path(n.name), wanted),
             fmt::format("write {}", wanted));
}

std::optional<text_value> section::expanded(const node& n) {
    expansion e = expand(n.text, r_->env);
    if (!e.unset.empty() && r_->unset != nullptr) {
        for (const auto& name : e.unset) r_->note_unset(n.value_at, path(n.name), name);
        return std::nullopt;
    }
    if (!e.error.empty()) {
        complain(n.value_at, e.error, e.todo);
        return std::nullopt;
    }
    return text_value{std::move(e.text), n.value_at, !e.is_from_environment};
}

std::optional<text_value> section::scalar_of(const node& n, bool is_boolean_ok) {
    if (n.kind == node_kind::text) return expanded(n);
    if (n.kind == node_kind::integer) return text_value{std::to_string(n.integer), n.value_at};
    if (n.kind == node_kind::boolean && is_boolean_ok)
        return text_value{n.boolean ? "true" : "false", n.value_at};
    wrong_type(n, is_boolean_ok ? "a text, an integer or a boolean" : "a text or an integer");
    return std::nullopt;
}

std::optional<text_value> section::text(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    if (n->kind == node_kind::text) return expanded(*n);
    wrong_type(*n, "a text in quotes");
    return std::nullopt;
}

std::optional<text_value> section::verbatim(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    if (n->kind == node_kind::text) return text_value{n->text, n->value_at};
    wrong_type(*n, "a text in quotes");
    return std::nullopt;
}

std::optional<text_value> section::scalar(std::string_view field) {
    const node* n = ask(field);
    return n == nullptr ? std::nullopt : scalar_of(*n, true);
}

std::vector<text_value> section::texts(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return {};
    std::vector<text_value> out;
    const bool is_array = n->kind == node_kind::array;
    for (const node& item : n->children) {
        if (!is_array || item.kind != node_kind::text) break;
        out.push_back({item.text, item.value_at});
    }
    if (is_array && out.size() == n->children.size()) return out;
    wrong_type(*n, "an array of texts, such as [\"a\", \"b\"]");
    return {};
}

std::vector<text_value> section::one_or_more(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return {};
    if (n->kind == node_kind::text) return {{n->text, n->value_at}};
    if (n->kind == node_kind::array && !n->children.empty()) return texts(field);
    wrong_type(*n, "a text in quotes or an array of them, such as [\"a\", \"b\"]");
    return {};
}

std::vector<text_value> section::scalars(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return {};
    if (n->kind != node_kind::array || n->children.empty()) {
        wrong_type(*n, "an array that is not empty");
        return {};
    }
    std::vector<text_value> out;
    for (const node& item : n->children) {
        if (auto value = scalar_of(item, false)) out.push_back(std::move(*value));
    }
    return out;
}

std::optional<bool> section::boolean(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    if (n->kind == node_kind::boolean) return n->boolean;
    if (n->kind == node_kind::text) {
        const auto value = expanded(*n);
        if (!value) return std::nullopt;
        if (value->text == "true" || value->text == "false") return value->text == "true";
    }
    wrong_type(*n, "true or false");
    return std::nullopt;
}

std::optional<std::int64_t> section::integer(std::string_view field, integer_bounds bounds) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    std::optional<std::int64_t> value;
    if (n->kind == node_kind::integer) value = n->integer;
    if (n->kind == node_kind::text) {
        const auto text = expanded(*n);
        if (!text) return std::nullopt;
        value = parse_number<std::int64_t>(text->text);
    }
    if (value && *value >= bounds.min && *value <= bounds.max) return value;
    wrong_type(*n, fmt::format("a whole number from {} to {}", bounds.min, bounds.max));
    return std::nullopt;
}

std::optional<double> section::number(std::string_view field, number_bounds bounds) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    std::optional<double> value;
    if (n->kind == node_kind::integer) value = static_cast<double>(n->integer);
    if (n->kind == node_kind::real) value = n->real;
    if (n->kind == node_kind::text) {
        const auto text = expanded(*n);
        if (!text) return std::nullopt;
        value = parse_number<double>(text->text);
    }
    if (value && *value >= bounds.min && *value <= bounds.max) return value;
    wrong_type(*n, fmt::format("a number from {} to {}", bounds.min, bounds.max));
    return std::nullopt;
}

std::optional<milliseconds> section::duration(std::string_view field, duration_bounds bounds) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    std::optional<milliseconds> value;
    if (n->kind == node_kind::text) {
        const auto text = expanded(*n);
        if (!text) return std::nullopt;
        value = parse_duration(text->text);
    }
    if (value && *value >= bounds.min && *value <= bounds.max) return value;
    wrong_type(*n, value ? fmt::format("a duration from {} to {}", duration_text(bounds.min),
                                       duration_text(bounds.max))
                         : std::string{"a duration such as \"250ms\", \"300s\", \"5m\", \"1h\" or \"1d\""});
    return std::nullopt;
}

std::optional<std::size_t> section::size(std::string_view field, size_bounds bounds) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    std::optional<std::size_t> value;
    if (n->kind == node_kind::text) {
        const auto text = expanded(*n);
        if (!text) return std::nullopt;
        value = parse_size(text->text);
    }
    if (value && *value >= bounds.min && *value <= bounds.max) return value;
    wrong_type(*n, value ? fmt::format("a size from {} to {}", size_text(bounds.min), size_text(bounds.max))
                         : std::string{"a size such as \"512B\", \"64KiB\" or \"1MiB\""});
    return std::nullopt;
}

std::optional<std::string> section::word(std::string_view field, word_list allowed) {
    const auto value = text(field);
    if (!value) return std::nullopt;
    if (std::find(allowed.begin(), allowed.end(), value->text) != allowed.end()) return value->text;
    const std::vector<std::string> names{allowed.begin(), allowed.end()};
    const std::string hint = value->is_shown ? did_you_mean(value->text, names) : "";
    complain(value->at, fmt::format("{} cannot be {}", path(field), value->quoted()),
             fmt::format("write one of \"{}\"{}", joined(names, "\", \""), hint));
    return std::nullopt;
}

std::optional<section> section::table(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return std::nullopt;
    if (n->kind == node_kind::table) return section{*r_, *n, path(field)};
    wrong_type(*n, "a table");
    return std::nullopt;
}

std::vector<section> section::tables(std::string_view field) {
    auto parent = table(field);
    if (!parent) return {};
    return parent->members();
}

std::vector<section> section::list(std::string_view field) {
    const node* n = ask(field);
    if (n == nullptr) return {};
    if (n->kind == node_kind::table) return {section{*r_, *n, path(field)}};
    std::vector<section> out;
    for (const node& item : n->children) {
        if (n->kind == node_kind::array && item.kind == node_kind::table)
            out.emplace_back(*r_, item, path(field));
    }
    const bool is_list = n->kind == node_kind::array && out.size() == n->children.size();
    if (!is_list) wrong_type(*n, fmt::format("a list of tables, each under [[{}]]", path(field)));
    return out;
}

std::vector<section> section::members() {
    std::vector<section> out;
    for (const node& child : table_->children) {
        known_.push_back(child.name);
        if (child.kind == node_kind::table) {
            out.emplace_back(*r_, child, path(child.name));
        } else {
            wrong_type(child, "a table");
        }
    }
    return out;
}

// Returns where each line of a text begins. Without escape sequences, one line of the text is one of the
// file.
std::vector<position> section::lines_of(const node& value) const {
    const position end = position_in_text(r_->file, value, value.text.size());
    const bool is_verbatim = end.line != value.value_at.line || end.column != value.value_at.column;
    std::vector<position> lines{position_in_text(r_->file, value, 0)};
    for (std::size_t i = 0; i < value.text.size(); ++i) {
        if (value.text[i] != '\n') continue;
        lines.push_back(is_verbatim ? position{lines.back().line + 1, 1}
                                    : position_in_text(r_->file, value, i + 1));
    }
    return lines;
}

void section::add_places(places& to, const std::string& title) const {
    to.add(title, {}, at());
    for (const node& child : table_->children) {
        to.add(title, child.name, child.at);
        for (const node& inner : child.children) {
            if (!inner.name.empty()) to.add(title, child.name + "." + inner.name, inner.at);
        }
        if (child.name != "sql" || child.kind != node_kind::text) continue;
        to.add_sql_lines(title, lines_of(child));
    }
}

void section::finish() {
    for (const node& child : table_->children) {
        if (std::find(known_.begin(), known_.end(), child.name) != known_.end()) continue;
        complain(
            child.at,
            fmt::format("unknown {} {}", child.kind == node_kind::table ? "table" : "field",
                        path(child.name)),
            fmt::format("remove it{}; known here: {}", did_you_mean(child.name, known_), joined(known_)));
    }
}

}  // namespace weir::config
