#include "weir/policy/invalidation.hpp"

#include "row_expansion.hpp"

#include <algorithm>

namespace weir {

namespace {

void add_way(const change& c, const through_query* query, const resource& r, std::vector<way>& to) {
    const row_names& names = query != nullptr ? static_cast<const row_names&>(*query) : c;
    if (!reaches(names, r)) return;
    const bool is_by_key = std::any_of(names.keys.begin(), names.keys.end(),
                                       [&](const key_template& key) { return key.overlaps(r.cached->key); });
    to.push_back({&c, query, is_by_key});
}

std::vector<way> ways_of(const change& c, const resource& r) {
    std::vector<way> out;
    add_way(c, nullptr, r, out);
    for (const through_query& query : c.through) add_way(c, &query, r, out);
    return out;
}

}  // namespace

bool reaches(const change& c, const resource& r) {
    return !ways_of(c, r).empty();
}

std::vector<way> ways_to(const policy& p, const resource& r) {
    std::vector<way> out;
    for (const change& c : p.changes) {
        for (const way& one : ways_of(c, r)) out.push_back(one);
    }
    return out;
}

touched touched_by(const policy& p, const std::vector<outbox_row>& rows) {
    row_expansion out(p);
    for (const change& c : p.changes) {
        if (is_whole_table(c, rows)) {
            out.add_whole_table(c);
            continue;
        }
        for (const outbox_row& row : rows) {
            if (row.image.table == c.table) out.add_row(c, c, row.image);
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
