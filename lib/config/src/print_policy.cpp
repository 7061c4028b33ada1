// Prints the cache policy as a table for people.
#include "weir/config/load.hpp"
#include "weir/config/sql_template.hpp"
#include "weir/config/units.hpp"
#include "weir/policy/invalidation.hpp"

#include "compression.hpp"
#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

using row = std::vector<std::string>;

// Makes columns as wide as their widest cell, with two spaces between them.
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
    if (!may_find_nothing(r.from)) return "-";
    const milliseconds life = r.cached->ttl.negative_ttl;
    return life == milliseconds{0} ? "not stored" : duration_text(life);
}

std::string stale_text(const ttl_policy& ttl) {
    const auto window = [](milliseconds of, std::string_view why) {
        return of == milliseconds{0} ? std::string{} : fmt::format("{} {}", duration_text(of), why);
    };
    const auto refreshing = window(ttl.stale_while_revalidate, "refreshing");
    const auto on_error = window(ttl.stale_if_error, "on error");
    if (refreshing.empty() && on_error.empty()) return "-";
    return refreshing + (refreshing.empty() || on_error.empty() ? "" : ", ") + on_error;
}

std::string in_l1(const l1_settings& l1, const cacheable& c) {
    if (l1.bytes_max == 0) return "off";
    const milliseconds longest = std::min(c.l1_ttl.value_or(l1.ttl_max), c.ttl.ttl);
    return longest == milliseconds{0} ? "never" : "to " + duration_text(longest);
}

// Returns the tables whose changes reach the resource, with the tables between, and with "by tag" where it is
// not by its own key.
std::vector<std::string> invalidating(const policy& p, const resource& r) {
    std::vector<std::string> out;
    for (const way& one : ways_to(p, r)) {
        std::string text = one.from->table;
        if (one.through != nullptr) text += " through " + joined(one.through->tables, " and ");
        out.push_back(one.is_by_key ? text : text + " by tag");
    }
    return out;
}

std::string path_text(const resource& r) {
    return r.when.empty() ? r.path.text : r.path.text + "?" + joined(r.when, "|");
}

row resource_row(const configuration& c, const resource& r) {
    const policy& p = c.policy;
    if (!r.cached) return {r.name, path_text(r), "never cached", "-", "-", "-", "-", "-"};
    const auto tables = invalidating(p, r);
    return {r.name,
            path_text(r),
            p.key_head() + ":" + r.cached->key.text(),
            ttl_text(r.cached->ttl),
            stale_text(r.cached->ttl),
            in_l1(c.settings.l1, *r.cached),
            negative_text(r),
            tables.empty() ? "nothing: by TTL only" : joined(tables)};
}

std::string resource_table(const configuration& c) {
    std::vector<row> rows{{"DATA", "PATH", "KEY", "TTL", "STALE", "IN L1", "NOT FOUND", "INVALIDATED BY"}};
    for (const auto& r : c.policy.resources) rows.push_back(resource_row(c, r));
    return aligned(rows);
}

void add_names(const row_names& names, const std::string& through, std::vector<std::string>& to) {
    for (const auto& key : names.keys) to.push_back(key.text() + through);
    for (const auto& tag : names.tags) to.push_back("tag " + tag.text() + through);
}

std::string write_table(const policy& p) {
    std::vector<row> rows{{"WRITE", "REQUEST", "CHANGES", "DELETES"}};
    for (const auto& w : p.writes) {
        std::vector<std::string> keys;
        for (const auto& c : p.changes) {
            if (std::find(w.tables.begin(), w.tables.end(), c.table) == w.tables.end()) continue;
            add_names(c, "", keys);
            for (const auto& query : c.through) {
                add_names(query, " through " + joined(query.tables, " and "), keys);
            }
        }
        rows.push_back(
            {w.name, fmt::format("{} {}", text_of(w.method), w.path.text), joined(w.tables), joined(keys)});
    }
    return aligned(rows);
}

// Asks about tables that the SQL of a cached resource reads and whose changes do not reach it. Most often a
// tag was forgotten.
std::string unreached(const policy& p, const resource& r) {
    std::string out;
    const auto read = read_tables(sql_of(r.from));
    for (const auto& c : p.changes) {
        const bool is_read = std::any_of(read.begin(), read.end(), [&](const std::string& table) {
            return is_same_table(table, c.table);
        });
        if (!is_read || reaches(c, r)) continue;
        out +=
            fmt::format("- {} reads {}, whose change names neither its key nor a tag of it: is that meant?\n",
                        r.name, c.table);
    }
    return out;
}

// Says how old an answer may be, and where copies of it may be that no invalidation reaches.
std::string remarks_on_cached(const policy& p, const resource& r) {
    std::string out;
    const cacheable& c = *r.cached;
    if (invalidating(p, r).empty()) {
        out += fmt::format("- {} can be old for {}: no change names its key, or a tag of it.\n", r.name,
                           duration_text(c.ttl.ttl + c.ttl.jitter + c.ttl.stale_while_revalidate));
    }
    if (c.degraded_ttl > milliseconds{0}) {
        out += fmt::format(
            "- {} can be {} old on a node that cannot reach Redis, whatever was written meanwhile.\n", r.name,
            duration_text(c.degraded_ttl));
    }
    out += unreached(p, r);
    if (c.max_age) {
        out += fmt::format("- {} lets browsers keep copies for {}, which no invalidation reaches.\n", r.name,
                           duration_text(*c.max_age));
    }
    if (c.s_maxage) {
        out += fmt::format("- {} lets CDNs keep copies for {}, which Weir cannot invalidate.\n", r.name,
                           duration_text(*c.s_maxage));
    }
    return out;
}

// Returns what the table has no room for: reasons, costs and notes.
std::string remarks_on(const policy& p, const resource& r) {
    std::string out =
        r.cached ? remarks_on_cached(p, r) : fmt::format("- {} is excluded: {}\n", r.name, r.private_reason);
    if (!r.note.empty()) out += fmt::format("- {}: {}\n", r.name, r.note);
    return out;
}

// Says in one line how the process keeps and forgets.
std::string tiers(const settings& s) {
    if (s.l1.bytes_max == 0) return "L1 is off.\n";
    std::string out = fmt::format("L1 holds at most {}, an answer of at most {}", size_text(s.l1.bytes_max),
                                  size_text(s.l1.entry_bytes_max));
    if (s.redis)
        out += fmt::format("; a write waits for a node that hangs at most {}", duration_text(s.bus.lease));
    return out + ".\n";
}

}  // namespace

std::string print_policy(const configuration& c) {
    const policy& p = c.policy;
    std::string out = resource_table(c);
    if (!p.writes.empty()) out += "\n" + write_table(p);
    std::string remarks;
    for (const auto& r : p.resources) remarks += remarks_on(p, r);
    if (!remarks.empty()) out += "\n" + remarks;
    out += "\n" + tiers(c.settings) + compression_text(p);
    out += fmt::format("No problems: {}, {}, {}{}.\n", count_text(p.resources.size(), "resource"),
                       count_text(p.changes.size(), "change"), count_text(p.writes.size(), "write"),
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
