#include "weir/policy/invalidation.hpp"

#include <algorithm>
#include <set>

namespace weir {
namespace {

const std::string* column_text(const row_image& image, std::string_view name) {
    for (const auto& [column, value] : image.columns) {
        if (column == name) return value ? &*value : nullptr;
    }
    return nullptr;
}

// The change's columns as they stand in a key; empty where no request can have asked for the value.
std::vector<std::string> column_values(const change& c, const row_image& image) {
    std::vector<std::string> values;
    values.reserve(c.columns.size());
    for (const auto& column : c.columns) {
        const std::string* raw = column_text(image, column.name);
        normalised value = raw != nullptr ? normalise(column.rule, *raw) : normalised{std::string{}};
        auto* text = std::get_if<std::string>(&value);
        values.push_back(text != nullptr ? std::move(*text) : std::string{});
    }
    return values;
}

bool is_complete(const key_template& key, const std::vector<std::string>& values) {
    return std::all_of(key.segments().begin(), key.segments().end(), [&](const key_template::segment& s) {
        const auto* place = std::get_if<key_template::place>(&s);
        return place == nullptr || !values[place->index].empty();
    });
}

}  // namespace

std::vector<std::string> touched_keys(const policy& p, const std::vector<outbox_row>& rows) {
    const std::string head = p.key_head();
    std::set<std::string> keys;
    for (const auto& row : rows) {
        for (const auto& c : p.changes) {
            if (c.table != row.image.table) continue;
            const auto values = column_values(c, row.image);
            for (const auto& key : c.keys) {
                if (is_complete(key, values)) keys.insert(key.render(head, values));
            }
        }
    }
    return {keys.begin(), keys.end()};
}

}  // namespace weir
