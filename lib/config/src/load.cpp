// Reads the file top to bottom: settings, resources, changes, writes, and then what only shows with all at
// hand.
#include "weir/config/load.hpp"

#include "weir/config/units.hpp"

#include "compression.hpp"
#include "document.hpp"
#include "drafts.hpp"
#include "section.hpp"
#include "settings_reader.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace weir::config {
namespace {

constexpr std::size_t file_bytes_max = 1 << 20;

void read_keys(section& root, weir::policy& to) {
    auto s = root.table("keys");
    if (!s) return;
    const auto read_segment = [&](std::string_view field, std::string& segment) {
        const auto text = s->text(field);
        if (!text) return;
        segment = text->text;
        const bool ok =
            !segment.empty() && segment.size() <= 64 &&
            segment.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
        if (!ok) {
            s->complain(text->at, fmt::format("keys.{} {} cannot stand in a key", field, text->quoted()),
                        "use up to 64 of a-z 0-9 . _ -");
        }
    };
    read_segment("prefix", to.key_prefix);
    read_segment("version", to.key_version);
    s->finish();
}

// What a resource asks of L1 cannot be more than L1 gives to any.
void check_l1(const drafts& all, const l1_settings& l1, problems& out) {
    for (const auto& r : all.resources) {
        const auto l1_ttl = r.value.cached ? r.value.cached->l1_ttl : std::nullopt;
        if (!l1_ttl || *l1_ttl <= l1.ttl_max) continue;
        out.add(r.l1_ttl_at,
                fmt::format("{}.l1_ttl {} is longer than l1.ttl_max {}", r.title, duration_text(*l1_ttl),
                            duration_text(l1.ttl_max)),
                "make it shorter, or raise ttl_max in [l1]");
    }
}

// degraded_ttl is about keeping in L1 what L2 would have kept: it needs both.
void check_degraded(const drafts& all, const settings& process, problems& out) {
    for (const auto& r : all.resources) {
        if (!r.value.cached || r.value.cached->degraded_ttl == milliseconds{0}) continue;
        const auto complain = [&](std::string_view why) {
            out.add(r.degraded_ttl_at, fmt::format("{}.degraded_ttl is without effect: {}", r.title, why),
                    "remove it");
        };
        if (!process.redis) complain("there is no [redis] that could be away");
        if (process.l1.bytes_max == 0) complain("L1 is off");
        if (r.value.cached->l1_ttl == milliseconds{0}) complain("its l1_ttl keeps it out of L1");
    }
}

weir::policy read_policy(section& root, const settings& process, problems& out) {
    weir::policy made;
    read_keys(root, made);
    made.compress = read_compression(root);
    drafts all;
    read_resources(root, all);
    read_changes(root, all);
    read_writes(root, all);
    check_overlaps(all, out);
    check_l1(all, process.l1, out);
    check_degraded(all, process, out);
    if (all.resources.empty()) {
        out.add({}, "no resource is declared",
                "declare at least one: [resource.products], see docs/configuration.md");
    }
    for (auto& r : all.resources) made.resources.push_back(std::move(r.value));
    for (auto& c : all.changes) made.changes.push_back(std::move(c.value));
    for (auto& w : all.writes) made.writes.push_back(std::move(w.value));
    apply_compression(made, process.l1);
    return made;
}

loaded one_problem(const std::string& path, std::string what, std::string todo) {
    return std::vector<problem>{{path, 0, 0, std::move(what), std::move(todo)}};
}

}  // namespace

loaded parse(std::string_view text, const std::string& path, const environment& env, admin_token token) {
    problems out{path};
    const auto document = parse_document(text, path, out);
    if (!document) return out.sorted();
    reading r{out, env, text};
    section root{r, *document, ""};
    configuration made;
    made.settings = read_settings_of(root, token);
    made.policy = read_policy(root, made.settings, out);
    root.finish();
    if (!out.empty()) return out.sorted();
    made.warnings = out.sorted_warnings();
    return made;
}

loaded load(const std::string& path, const environment& env, admin_token token) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        return one_problem(path, "the file cannot be read", "give its path with --config FILE");
    }
    if (text.view().size() > file_bytes_max) {
        return one_problem(path, "the file is larger than 1 MiB", "this does not look like a configuration");
    }
    return parse(text.view(), path, env, token);
}

}  // namespace weir::config
