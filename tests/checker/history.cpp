#include "history.hpp"

#include <algorithm>
#include <cassert>

namespace weir::checker {

history::history(std::size_t rows) : rows_(rows) {
    for (row_history& row : rows_) row.writes.push_back({});
}

int history::issue(std::size_t row) {
    return ++rows_[row].issued;
}

void history::wrote(std::size_t row, int version, write_kind kind, moment at) {
    auto& writes = rows_[row].writes;
    assert(version > writes.back().version && version <= rows_[row].issued);
    writes.push_back({.version = version, .kind = kind, .at = at, .unseen_for = {}});
}

verdict history::read(std::size_t row, int version, moment began) {
    row_history& of = rows_[row];
    verdict out;
    if (version > of.issued)
        out.broken = violation{.expected = never_expected, .acknowledged_at = {}, .staleness = {}};

    // From the newest back to the one that was answered: nearly always none.
    for (auto write = of.writes.rbegin(); write != of.writes.rend() && write->version > version; ++write) {
        out.lacks_a_write = true;
        if (write->at > began) continue;  // the GET may have been served before it
        write->unseen_for = std::max(write->unseen_for, began - write->at);
        if (write->kind != write_kind::acknowledged) continue;
        if (!out.broken)
            out.broken = violation{.expected = write->version, .acknowledged_at = {}, .staleness = {}};
        out.broken->acknowledged_at = write->at;  // the last one set is the first that was acknowledged
        out.broken->staleness = began - write->at;
    }
    return out;
}

std::vector<moment> history::unseen_times(write_kind kind) const {
    std::vector<moment> times;
    for (const row_history& row : rows_) {
        for (const known_write& write : row.writes) {
            if (write.version > 0 && write.kind == kind) times.push_back(write.unseen_for);
        }
    }
    return times;
}

}  // namespace weir::checker
