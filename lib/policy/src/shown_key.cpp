#include "weir/policy/shown_key.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <set>
#include <variant>

namespace weir {
namespace {

namespace json = simdjson::ondemand;

constexpr std::size_t body_bytes_max = 1U << 20U;  // so that a large answer costs a millisecond at most

// What a row shows of a parameter.
enum class shown { nothing, key, another_key };

std::string_view without_spaces(std::string_view token) {
    const std::size_t end = token.find_last_not_of(" \t\n\r");
    return token.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// Returns the text as the outbox would record it. nullopt: not a single value.
std::optional<std::string> text_of(json::value& member) {
    json::json_type type{};
    if (member.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    if (type == json::json_type::string) {
        std::string_view text;
        if (member.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
        return std::string{text};
    }
    const bool is_single = type == json::json_type::number || type == json::json_type::boolean;
    if (!is_single) return std::nullopt;
    return std::string{without_spaces(member.raw_json_token())};
}

bool is_null(json::value& member) {
    json::json_type type{};
    return member.type().get(type) == simdjson::SUCCESS && type == json::json_type::null;
}

// Judges as an invalidation would. A value that may equal an allowed one makes it forget the whole resource,
// so this key too.
shown judge(const key_column& column, const std::string& text, const std::string& wanted) {
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
    if (column.rule.folded && !is_ascii) return shown::key;  // the database folds more letters than the rule
    const auto given = normalise(column.rule, text);
    if (const auto* refused = std::get_if<value_refusal>(&given)) {
        return refused->may_equal_an_allowed_value ? shown::key : shown::another_key;
    }
    return std::get<std::string>(given) == wanted ? shown::key : shown::another_key;
}

// Returns what the row shows of a column. One that is null gives no key at all.
shown look(json::object& row, const key_column& column, const std::string& wanted) {
    json::value member;
    if (row.find_field_unordered(column.name).get(member) != simdjson::SUCCESS) return shown::nothing;
    if (is_null(member)) return shown::another_key;
    const auto text = text_of(member);
    return text ? judge(column, *text, wanted) : shown::nothing;
}

// Adds the columns by which the change gives the resource's key. A literal, or an element of an array, gives
// it without a member that could show it: then the parameter is open.
void add_columns(const change& c, const resource& r, std::vector<key_column>& to,
                 std::set<std::size_t>& open) {
    for (const key_template& given : c.keys) {
        if (!r.cached->key.covers(given)) continue;
        for (std::size_t i = 0; i < given.segments().size(); ++i) {
            const auto* stands_for = std::get_if<key_template::placeholder>(&r.cached->key.segments()[i]);
            if (stands_for == nullptr) continue;
            const auto* column = std::get_if<key_template::placeholder>(&given.segments()[i]);
            const bool is_shown = column != nullptr && !c.columns[column->index].each_element &&
                                  !r.parameters[stands_for->index].is_cursor;
            if (!is_shown) {
                open.insert(stands_for->index);
                continue;
            }
            key_column made{stands_for->index, c.columns[column->index].name, c.columns[column->index].rule};
            if (std::find(to.begin(), to.end(), made) == to.end()) to.push_back(std::move(made));
        }
    }
}

}  // namespace

std::vector<key_column> key_columns_of(const policy& p, const resource& r) {
    std::vector<key_column> out;
    const auto* from = std::get_if<sql_load>(&r.from);
    const bool is_one_row = from != nullptr && from->rows == row_shape::one;
    if (!is_one_row || !r.cached || !r.cached->shows_key) return out;
    std::set<std::size_t> open;
    for (const change& c : p.changes) add_columns(c, r, out, open);
    std::erase_if(out, [&](const key_column& one) { return open.contains(one.parameter); });
    std::sort(out.begin(), out.end(),
              [](const key_column& a, const key_column& b) { return a.parameter < b.parameter; });
    return out;
}

bool may_give_key(const std::vector<key_column>& columns, const std::vector<std::string>& values,
                  std::string_view body) {
    if (columns.empty() || body.size() > body_bytes_max) return true;
    const simdjson::padded_string padded(body);
    json::parser parser;
    json::document document;
    json::object row;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return true;
    if (document.get_object().get(row) != simdjson::SUCCESS) return true;
    for (std::size_t i = 0; i < columns.size();) {
        const std::size_t parameter = columns[i].parameter;
        shown best = shown::nothing;
        for (; i < columns.size() && columns[i].parameter == parameter; ++i) {
            const shown one = look(row, columns[i], values[parameter]);
            if (one == shown::key || best == shown::nothing) best = one;
        }
        if (best == shown::another_key) return false;
    }
    return true;
}

}  // namespace weir
