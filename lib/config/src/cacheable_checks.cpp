// Checks that need two fields at once: the times of a cached resource against each other, and against the
// tiers.
#include "weir/config/units.hpp"

#include "cacheable_reader.hpp"

#include <fmt/format.h>

namespace weir::config {
namespace {

void check_jitter(section& s, const ttl_policy& ttl) {
    const bool is_wide = s.boolean("jitter_over_tenth").value_or(false);
    if (is_wide || ttl.jitter * 10 <= ttl.ttl) return;
    s.complain(
        s.at("jitter"),
        fmt::format("{}.jitter {} is over a tenth of the ttl {}", s.title(), duration_text(ttl.jitter),
                    duration_text(ttl.ttl)),
        fmt::format("write at most \"{}\", or add jitter_over_tenth = true", duration_text(ttl.ttl / 10)));
}

void check_not_over_ttl(section& s, std::string_view field, milliseconds value, milliseconds ttl,
                        std::string_view todo) {
    if (value <= ttl) return;
    s.complain(s.at(field),
               fmt::format("{}.{} {} is longer than the ttl {}", s.title(), field, duration_text(value),
                           duration_text(ttl)),
               std::string{todo});
}

void check_rows(section& s, const resource& r) {
    if (!s.has("negative_ttl") || may_find_nothing(r.from)) return;
    s.complain(s.at("negative_ttl"), s.title() + " has rows = \"many\" and a negative_ttl",
               "remove it: an array without rows is an answer, never an absence");
}

// Checks that the resource's l1_ttl is no longer than L1 keeps any entry.
void check_l1_ttl(const resource_draft& r, const l1_settings& l1, problems& out) {
    const auto l1_ttl = r.value.cached->l1_ttl;
    if (!l1_ttl || *l1_ttl <= l1.ttl_max) return;
    out.add(r.at("l1_ttl"),
            fmt::format("{}.l1_ttl {} is longer than l1.ttl_max {}", r.title(), duration_text(*l1_ttl),
                        duration_text(l1.ttl_max)),
            "make it shorter, or raise ttl_max in [l1]");
}

// Checks that there are both tiers, which degraded_ttl needs: it keeps in L1 what L2 would have kept.
void check_degraded(const resource_draft& r, const settings& process, problems& out) {
    if (r.value.cached->degraded_ttl == milliseconds{0}) return;
    const auto complain = [&](std::string_view why) {
        out.add(r.at("degraded_ttl"), fmt::format("{}.degraded_ttl is without effect: {}", r.title(), why),
                "remove it");
    };
    if (!process.redis) complain("there is no [redis] that could be away");
    if (process.l1.bytes_max == 0) complain("L1 is off");
    if (r.value.cached->l1_ttl == milliseconds{0}) complain("its l1_ttl keeps it out of L1");
}

}  // namespace

void check_times(resource_draft& draft) {
    section& s = draft.from;
    const cacheable& c = *draft.value.cached;
    const milliseconds ttl = c.ttl.ttl;
    if (ttl == milliseconds{0}) {  // absent or wrong, which was reported
        s.find("jitter_over_tenth");
        return;
    }
    check_jitter(s, c.ttl);
    check_not_over_ttl(
        s, "l1_ttl", c.l1_ttl.value_or(milliseconds{0}), ttl,
        "an entry lives nowhere longer than its ttl: make it shorter; \"0s\" keeps it out of L1");
    check_not_over_ttl(s, "degraded_ttl", c.degraded_ttl, ttl,
                       "an outage of Redis must not make an entry live longer: make it a second or two");
    check_not_over_ttl(s, "negative_ttl", c.ttl.negative_ttl, ttl,
                       "an absence is the less certain knowledge: give it the shorter life");
    check_rows(s, draft.value);
}

void check_tiers(const drafts& all, const settings& process, problems& out) {
    for (const auto& r : all.resources) {
        if (!r.value.cached) continue;
        check_l1_ttl(r, process.l1, out);
        check_degraded(r, process, out);
    }
}

}  // namespace weir::config
