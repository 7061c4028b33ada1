// What the prover lists as not proven.
#include "prover.hpp"

#include <algorithm>

namespace weir::prove {

void prover::list_gaps() {
    for (const auto& [name, what] : attempts_) {
        // Without a refusal it was not tried: each resource that reads the table has its counterexample.
        if (!what.is_done && !what.refusal.empty()) report_.unproven.push_back({name, what.refusal});
    }
    for (const std::size_t i : unstable_) {
        if (!subjects_[i].what->cached->volatile_reason.empty()) continue;
        report_.unproven.push_back(
            {"resource." + subjects_[i].what->name, "its answer changes without a write"});
    }
    if (!report_.is_cut_short) list_uncompared();
}

// Returns whether a write to the table says something about the resource.
bool prover::is_compared(const subject& s, std::size_t table) const {
    return compared_.contains({s.reading, table}) || found_.contains({s.reading, table});
}

// Lists resources that nothing was found out about. What has its own line already is left out.
void prover::list_uncompared() {
    for (const subject& s : subjects_) {
        const std::string name = "resource." + s.what->name;
        const bool is_listed =
            std::any_of(report_.unproven.begin(), report_.unproven.end(),
                        [&](const gap& g) { return g.what == name && !g.why.starts_with("depends on "); });
        const bool is_without_rows =
            std::any_of(s.tables.begin(), s.tables.end(), [&](std::size_t t) { return rows_[t].empty(); });
        if (is_listed || is_without_rows || unstable_.contains(s.reading) || s.tables.empty()) continue;
        std::string tables;
        for (const std::size_t t : s.tables) {
            if (is_compared(s, t)) continue;
            tables += (tables.empty() ? "" : ", ") + catalogue_.tables[t].name;
        }
        const bool is_blank = !shown_.contains(s.reading);
        if (tables.empty() && !is_blank) continue;
        report_.unproven.push_back({name, tables.empty()
                                              ? "no values of its parameters were found that have an answer"
                                              : "no answer was compared before and after a write to " +
                                                    tables + ": " + why_not_compared(s)});
    }
}

std::string prover::why_not_compared(const subject& s) const {
    if (s.focus.empty()) return "no values of its parameters were found";
    const auto failure = failures_.find(s.reading);
    if (failure != failures_.end()) return failure->second;
    return "each write was refused, or the answers took too long";
}

}  // namespace weir::prove
