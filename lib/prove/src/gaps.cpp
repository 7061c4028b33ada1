// What the evidence leaves open: it is listed as not proven.
#include "evidence.hpp"

#include <algorithm>

namespace weir::prove {

void evidence::list_gaps(bool is_cut_short) {
    for (const std::size_t i : unstable_) {
        if (!around_.subjects[i].what->cached->volatile_reason.empty()) continue;
        add_gap("resource." + around_.subjects[i].what->name, "its answer changes without a write");
    }
    if (!is_cut_short) list_uncompared();
}

// Lists resources that nothing was found out about. What has its own line already is left out.
void evidence::list_uncompared() {
    for (const subject& s : around_.subjects) {
        const std::string name = "resource." + s.what->name;
        const bool is_listed = std::any_of(gaps_.begin(), gaps_.end(), [&](const gap& g) {
            return g.what == name && !g.why.starts_with("depends on ");
        });
        const bool is_without_rows = std::any_of(s.tables.begin(), s.tables.end(),
                                                 [&](std::size_t t) { return around_.rows[t].empty(); });
        if (is_listed || is_without_rows || unstable_.contains(s.reading) || s.tables.empty()) continue;
        std::string tables;
        for (const std::size_t t : s.tables) {
            if (is_compared(s, t)) continue;
            tables += (tables.empty() ? "" : ", ") + around_.schema.tables[t].name;
        }
        const bool is_blank = !shown_.contains(s.reading);
        if (tables.empty() && !is_blank) continue;
        add_gap(name, tables.empty() ? "no values of its parameters were found that have an answer"
                                     : "no answer was compared before and after a write to " + tables + ": " +
                                           why_not_compared(s));
    }
}

std::string evidence::why_not_compared(const subject& s) const {
    if (s.focus.empty()) return "no values of its parameters were found";
    const auto failure = failures_.find(s.reading);
    if (failure != failures_.end()) return failure->second;
    return "each write was refused, or the answers took too long";
}

}  // namespace weir::prove
