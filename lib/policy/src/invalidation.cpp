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

class expansion {
 public:
    explicit expansion(const policy& p) : policy_(p), key_head_(p.key_head()), tag_head_(tag_head(p)) {}

    void add_row(const change& c, const row_image& image) {
        const auto values = column_values(c, image);
        add_complete(c.keys, key_head_, values, keys_);
        add_complete(c.tags, tag_head_, values, tags_);
    }

    void add_whole_table(const change& c) {
        for (const resource& r : policy_.resources) {
            if (reaches(c, r)) tags_.insert(resource_tag(policy_, r));
        }
    }

    touched take() && { return {{keys_.begin(), keys_.end()}, {tags_.begin(), tags_.end()}}; }

 private:
    static void add_complete(const std::vector<key_template>& templates, const std::string& head,
                             const std::vector<std::string>& values, std::set<std::string>& to) {
        for (const key_template& t : templates) {
            if (is_complete(t, values)) to.insert(t.render(head, values));
        }
    }

    const policy& policy_;
    const std::string key_head_;
    const std::string tag_head_;
    std::set<std::string> keys_;
    std::set<std::string> tags_;
};

}  // namespace

bool reaches(const change& c, const resource& r) {
    const auto shares = [](const key_template& a) {
        return [&a](const key_template& b) { return a.same_shape(b); };
    };
    const bool by_key = r.key && std::any_of(c.keys.begin(), c.keys.end(), shares(*r.key));
    return by_key || std::any_of(r.tags.begin(), r.tags.end(), [&](const key_template& t) {
               return std::any_of(c.tags.begin(), c.tags.end(), shares(t));
           });
}

touched touched_by(const policy& p, const std::vector<outbox_row>& rows) {
    expansion out(p);
    for (const change& c : p.changes) {
        const auto is_of_table = [&](const outbox_row& row) { return row.image.table == c.table; };
        const auto count = static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), is_of_table));
        const bool has_bulk = std::any_of(
            rows.begin(), rows.end(), [&](const outbox_row& row) { return row.is_bulk && is_of_table(row); });
        if (has_bulk || count > c.bulk_rows) {
            out.add_whole_table(c);
            continue;
        }
        for (const outbox_row& row : rows) {
            if (is_of_table(row)) out.add_row(c, row.image);
        }
    }
    return std::move(out).take();
}

std::string tag_head(const policy& p) {
    return p.key_head() + ":tag";
}

std::string resource_tag(const policy& p, const resource& r) {
    return p.key_head() + ":all:" + r.name;
}

std::optional<std::string> find_tag(const policy& p, std::string_view written) {
    const std::string head = p.key_head() + ":";
    if (written.starts_with(head)) written.remove_prefix(head.size());
    constexpr std::string_view declared = "tag:";
    if (written.starts_with(declared)) written.remove_prefix(declared.size());
    for (const resource& r : p.resources) {
        if (!r.is_private && written == "all:" + r.name) return resource_tag(p, r);
        for (const key_template& t : r.tags) {
            if (t.fits(written)) return tag_head(p) + ":" + std::string{written};
        }
    }
    return std::nullopt;
}

std::vector<std::string> tags_of(const policy& p, const resource& r, const std::vector<std::string>& values) {
    std::vector<std::string> names{resource_tag(p, r)};
    const std::string head = tag_head(p);
    for (const key_template& t : r.tags) names.push_back(t.render(head, values));
    return names;
}

}  // namespace weir
