#include "weir/policy/invalidation.hpp"

#include <algorithm>
#include <set>

namespace weir {
namespace {

// A change's columns as they stand in a key; empty where there is no such value.
struct column_values {
    std::vector<std::string> texts;
    std::vector<bool> are_unknown;  // a request may have asked for the value, by a text that is not known
};

void add_value(const change::column& column, const row_image& image, column_values& to) {
    const auto found = std::find_if(image.columns.begin(), image.columns.end(),
                                    [&](const auto& named) { return named.first == column.name; });
    const bool is_missing = found == image.columns.end();
    to.texts.emplace_back();
    to.are_unknown.push_back(is_missing);
    if (is_missing || !found->second) return;
    const auto refused = normalise(column.rule, *found->second, to.texts.back());
    if (!refused) return;
    to.texts.back().clear();
    to.are_unknown.back() = refused->may_equal_an_allowed_value;
}

column_values values_of(const change& c, const row_image& image) {
    column_values made;
    for (const auto& column : c.columns) add_value(column, image, made);
    return made;
}

// The columns of a template whose value has no text.
struct gaps {
    std::vector<std::size_t> unknown;  // columns whose value a request may have asked for
    bool has_none = false;             // true: for one of them no request can have asked
};

gaps gaps_in(const key_template& key, const column_values& values) {
    gaps found;
    for (const auto& segment : key.segments()) {
        const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
        if (placeholder == nullptr || !values.texts[placeholder->index].empty()) continue;
        if (values.are_unknown[placeholder->index]) {
            found.unknown.push_back(placeholder->index);
        } else {
            found.has_none = true;
        }
    }
    return found;
}

bool has_key(const resource& r, const key_template& shape) {
    return r.cached && r.cached->key.same_shape(shape);
}

bool has_tag(const resource& r, const key_template& shape) {
    return r.cached && std::any_of(r.cached->tags.begin(), r.cached->tags.end(),
                                   [&](const key_template& t) { return t.same_shape(shape); });
}

class expansion {
 public:
    explicit expansion(const policy& p)
        : policy_(p), key_head_(p.key_head()), tag_head_(tag_head(key_head_)) {}

    void add_row(const change& c, const row_image& image) {
        const auto values = values_of(c, image);
        for (const key_template& key : c.keys) add_name(c, key, has_key, key_head_, values, keys_);
        for (const key_template& tag : c.tags) add_name(c, tag, has_tag, tag_head_, values, tags_);
    }

    void add_whole_table(const change& c) {
        for (const resource& r : policy_.resources) {
            if (reaches(c, r)) tags_.insert(resource_tag(key_head_, r));
        }
    }

    touched take() && {
        return {
            {keys_.begin(), keys_.end()}, {tags_.begin(), tags_.end()}, {refused_.begin(), refused_.end()}};
    }

 private:
    using owner_test = bool (*)(const resource&, const key_template&);

    void add_name(const change& c, const key_template& t, owner_test owns, const std::string& head,
                  const column_values& values, std::set<std::string>& to) {
        const gaps missing = gaps_in(t, values);
        if (missing.has_none) return;
        if (missing.unknown.empty()) {
            to.insert(t.render(head, values.texts));
            return;
        }
        for (const resource& r : policy_.resources) {
            if (owns(r, t)) add_whole_resource(c, r, missing.unknown);
        }
    }

    void add_whole_resource(const change& c, const resource& r, const std::vector<std::size_t>& unknown) {
        tags_.insert(resource_tag(key_head_, r));
        for (const std::size_t i : unknown) refused_.insert({c.table, c.columns[i].name, r.name});
    }

    const policy& policy_;
    const std::string key_head_;
    const std::string tag_head_;
    std::set<std::string> keys_;
    std::set<std::string> tags_;
    std::set<refused_column> refused_;
};

}  // namespace

bool reaches(const change& c, const resource& r) {
    const auto is_key_of_r = [&](const key_template& t) { return has_key(r, t); };
    const auto is_tag_of_r = [&](const key_template& t) { return has_tag(r, t); };
    return std::any_of(c.keys.begin(), c.keys.end(), is_key_of_r) ||
           std::any_of(c.tags.begin(), c.tags.end(), is_tag_of_r);
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

std::string tag_head(const std::string& key_head) {
    return key_head + ":tag";
}

std::string resource_tag(const std::string& key_head, const resource& r) {
    return key_head + ":all:" + r.name;
}

std::optional<std::string> find_tag(const policy& p, std::string_view written) {
    const std::string head = p.key_head() + ":";
    if (written.starts_with(head)) written.remove_prefix(head.size());
    constexpr std::string_view declared = "tag:";
    if (written.starts_with(declared)) written.remove_prefix(declared.size());
    for (const resource& r : p.resources) {
        if (!r.cached) continue;
        if (written == "all:" + r.name) return resource_tag(p.key_head(), r);
        for (const key_template& t : r.cached->tags) {
            if (t.fits(written)) return tag_head(p.key_head()) + ":" + std::string{written};
        }
    }
    return std::nullopt;
}

std::vector<std::string> tags_of(const std::string& key_head, const resource& r,
                                 const std::vector<std::string>& values) {
    std::vector<std::string> names{resource_tag(key_head, r)};
    const std::string head = tag_head(key_head);
    for (const key_template& t : r.cached->tags) names.push_back(t.render(head, values));
    return names;
}

}  // namespace weir
