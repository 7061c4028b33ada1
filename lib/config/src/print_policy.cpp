// The cache policy as a table for people.
#include "weir/config/load.hpp"
#include "weir/config/units.hpp"

#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

using row = std::vector<std::string>;

// Columns as wide as their widest cell, two spaces between them.
std::string aligned(const std::vector<row>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& r : rows) {
        for (std::size_t i = 0; i < r.size(); ++i) widths[i] = std::max(widths[i], r[i].size());
    }
    std::string out;
    for (const auto& r : rows) {
        std::string line;
        for (std::size_t i = 0; i < r.size(); ++i) line += fmt::format("{:<{}}", r[i], widths[i] + 2);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string ttl_text(const ttl_policy& ttl) {
    if (ttl.jitter == milliseconds{0}) return duration_text(ttl.ttl);
    return fmt::format("{} + 0..{}", duration_text(ttl.ttl), duration_text(ttl.jitter));
}

std::string negative_text(const resource& r) {
    if (r.shape == loader_shape::many) return "-";
    return r.ttl.negative_ttl == milliseconds{0} ? "not stored" : duration_text(r.ttl.negative_ttl);
}

std::string invalidated_by(const policy& p, const resource& r) {
    std::vector<std::string> tables;
    for (const auto& c : p.changes) {
        const bool touches = std::any_of(c.keys.begin(), c.keys.end(),
                                         [&](const key_template& key) { return key.same_shape(*r.key); });
        if (touches) tables.push_back(c.table);
    }
    return tables.empty() ? "nothing: expires only" : joined(tables);
}

row resource_row(const policy& p, const resource& r) {
    if (!r.key) return {r.name, r.path.text, "never cached", "-", "-", "-"};
    return {r.name,          r.path.text,      p.key_head() + ":" + r.key->text(),
            ttl_text(r.ttl), negative_text(r), invalidated_by(p, r)};
}

std::string resource_table(const policy& p) {
    std::vector<row> rows{{"DATA", "PATH", "KEY", "TTL", "NOT FOUND", "INVALIDATED BY"}};
    for (const auto& r : p.resources) rows.push_back(resource_row(p, r));
    return aligned(rows);
}

std::string write_table(const policy& p) {
    std::vector<row> rows{{"WRITE", "REQUEST", "CHANGES", "DELETES"}};
    for (const auto& w : p.writes) {
        std::vector<std::string> keys;
        for (const auto& c : p.changes) {
            if (c.table != w.table) continue;
            for (const auto& key : c.keys) keys.push_back(key.text());
        }
        rows.push_back({w.name,
                        fmt::format("{} {}", w.method == write_method::post ? "POST" : "DELETE", w.path.text),
                        w.table, joined(keys)});
    }
    return aligned(rows);
}

// What the table has no room for: reasons, costs and notes.
std::string remarks(const policy& p) {
    std::string out;
    for (const auto& r : p.resources) {
        if (r.is_private) out += fmt::format("- {} is excluded: {}\n", r.name, r.private_reason);
        if (r.key && invalidated_by(p, r).starts_with("nothing")) {
            out += fmt::format("- {} can be old for {}: no change names its key.\n", r.name,
                               duration_text(r.ttl.ttl + r.ttl.jitter));
        }
        if (r.max_age) {
            out += fmt::format("- {} lets browsers keep copies for {}: nobody can invalidate those.\n",
                               r.name, duration_text(*r.max_age));
        }
        if (r.s_maxage) {
            out += fmt::format("- {} lets CDNs keep copies for {}: Weir cannot invalidate those.\n", r.name,
                               duration_text(*r.s_maxage));
        }
        if (!r.note.empty()) out += fmt::format("- {}: {}\n", r.name, r.note);
    }
    return out.empty() ? out : "\n" + out;
}

}  // namespace

std::string print_policy(const configuration& c) {
    const policy& p = c.policy;
    std::string out = resource_table(p);
    if (!p.writes.empty()) out += "\n" + write_table(p);
    out += remarks(p);
    out += fmt::format("\nNo problems: {} resources, {} changes, {} writes{}.\n", p.resources.size(),
                       p.changes.size(), p.writes.size(),
                       c.settings.redis ? "" : "; no [redis] table, so this is a single node without L2");
    if (!p.changes.empty()) {
        out +=
            "Next: weir migrate installs the triggers of the changes (again after a change is edited), then "
            "weir serve.\n";
    } else {
        out += "Next: weir serve.\n";
    }
    return out;
}

}  // namespace weir::config
