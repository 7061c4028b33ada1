#include "row_expansion.hpp"

#include "array_text.hpp"

#include <algorithm>
#include <optional>

namespace weir {

namespace {

// A column's values as they stand in a key: one, or one for each element. None where there is no such value.
struct column_value {
    std::vector<std::string> texts;
    bool is_unknown = false;  // a request may have asked for the value, by a text that is not known
};

bool has_key(const resource& r, const key_template& shape) {
    return r.cached && r.cached->key.overlaps(shape);
}

bool has_tag(const resource& r, const key_template& shape) {
    return r.cached && std::any_of(r.cached->tags.begin(), r.cached->tags.end(),
                                   [&](const key_template& t) { return t.overlaps(shape); });
}

// Returns the texts that the column's value stands for: itself, or its elements. Returns nullopt if it is no
// array and should be one.
std::optional<std::vector<std::string>> raw_texts(const row_names::column& column, const std::string& value) {
    if (!column.each_element) return std::vector{value};
    auto elements = array_elements(value);
    if (elements && column.rule.type == value_type::boolean) {
        // Within an array Postgres writes t and f.
        for (std::string& e : *elements) e = e == "t" ? "true" : e == "f" ? "false" : std::move(e);
    }
    return elements;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Adds one text of a column. A folded rule folds A-Z, and the database's lower() folds all letters: "É" is
// found by "é". So a column with other letters may be asked for by texts that are not known.
void add_text(const value_rule& rule, std::string_view text, column_value& to) {
    std::string normal;
    const auto refused = normalise(rule, text, normal);
    const bool has_other_case = rule.folded && !is_ascii(text);
    if (has_other_case || (refused && refused->may_equal_an_allowed_value)) to.is_unknown = true;
    if (!refused && !has_other_case) to.texts.push_back(std::move(normal));
}

column_value value_of(const row_names::column& column, const row_image& image) {
    const auto found = std::find_if(image.columns.begin(), image.columns.end(),
                                    [&](const auto& named) { return named.first == column.name; });
    if (found == image.columns.end()) return {{}, true};
    if (!found->second) return {};
    const auto raw = raw_texts(column, *found->second);
    if (!raw) return {{}, true};
    column_value made;
    for (const std::string& text : *raw) add_text(column.rule, text, made);
    return made;
}

// Returns the placeholders of a template, each column once.
std::vector<std::size_t> columns_of(const key_template& t) {
    std::vector<std::size_t> out;
    for (const auto& segment : t.segments()) {
        const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
        if (placeholder == nullptr) continue;
        if (std::find(out.begin(), out.end(), placeholder->index) == out.end())
            out.push_back(placeholder->index);
    }
    return out;
}

}  // namespace

// A row, and the names that are made of it.
struct row_expansion::source {
    const change& of;
    const row_names& names;
    std::vector<column_value> values;  // of the columns
};

bool reaches(const row_names& names, const resource& r) {
    const auto is_key_of_r = [&](const key_template& t) { return has_key(r, t); };
    const auto is_tag_of_r = [&](const key_template& t) { return has_tag(r, t); };
    return std::any_of(names.keys.begin(), names.keys.end(), is_key_of_r) ||
           std::any_of(names.tags.begin(), names.tags.end(), is_tag_of_r);
}

bool is_whole_table(const change& c, const std::vector<outbox_row>& rows) {
    std::size_t count = 0;
    for (const outbox_row& row : rows) {
        if (row.image.table != c.table) continue;
        if (row.is_bulk || ++count > c.bulk_rows) return true;
    }
    return false;
}

row_expansion::row_expansion(const policy& p)
    : policy_(p), key_head_(p.key_head()), tag_head_(tag_head(key_head_)) {}

void row_expansion::add_row(const change& c, const row_names& names, const row_image& image) {
    source from{c, names, {}};
    for (const auto& column : names.columns) from.values.push_back(value_of(column, image));
    for (const key_template& key : names.keys) add_name(from, key, has_key, key_head_, keys_);
    for (const key_template& tag : names.tags) add_name(from, tag, has_tag, tag_head_, tags_);
}

void row_expansion::add_whole(const row_names& names) {
    for (const resource& r : policy_.resources) {
        if (weir::reaches(names, r)) tags_.insert(resource_tag(key_head_, r));
    }
}

void row_expansion::add_whole_table(const change& c) {
    add_whole(c);
    for (const through_query& query : c.through) add_whole(query);
}

touched row_expansion::take() && {
    return {{keys_.begin(), keys_.end()}, {tags_.begin(), tags_.end()}, {refused_.begin(), refused_.end()}};
}

// Adds a name for each combination of the columns' values. There is more than one where a column is an array.
void row_expansion::add_name(const source& from, const key_template& t, owner_test owns,
                             const std::string& head, std::set<std::string>& to) {
    const auto columns = columns_of(t);
    std::vector<std::size_t> unknown;
    std::size_t count = 1;
    for (const std::size_t i : columns) {
        const column_value& value = from.values[i];
        if (value.texts.empty() && !value.is_unknown) return;  // no request can have asked for it
        if (value.is_unknown) unknown.push_back(i);
        count *= value.texts.size();
        if (count > from.of.bulk_rows) break;
    }
    if (!unknown.empty() || count > from.of.bulk_rows) return add_unknown(from, t, owns, unknown);
    std::vector<std::string> chosen(from.values.size());
    for (std::size_t n = 0; n < count; ++n) {
        std::size_t rest = n;
        for (const std::size_t i : columns) {
            const auto& texts = from.values[i].texts;
            chosen[i] = texts[rest % texts.size()];
            rest /= texts.size();
        }
        to.insert(t.render(head, chosen));
    }
}

// Forgets the template's resources as a whole, because the names are not known, or are too many.
void row_expansion::add_unknown(const source& from, const key_template& t, owner_test owns,
                                const std::vector<std::size_t>& unknown) {
    for (const resource& r : policy_.resources) {
        if (!owns(r, t)) continue;
        tags_.insert(resource_tag(key_head_, r));
        for (const std::size_t i : unknown) {
            refused_.insert({from.of.table, from.names.columns[i].name, r.name});
        }
    }
}

}  // namespace weir
