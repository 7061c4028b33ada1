#include "support/fake_outbox_table.hpp"

#include <algorithm>
#include <utility>

namespace weir::fake {

outbox_row outbox_table::row_of(std::int64_t id, const entry& from) {
    const auto age = steady_clock::now() - from.recorded_at;
    return {.id = id,
            .image = from.image,
            .is_bulk = from.is_bulk,
            .age = from.is_replay ? milliseconds{0} : std::chrono::duration_cast<milliseconds>(age)};
}

outbox_row outbox_table::record(row_image image, bool is_bulk, milliseconds wait) {
    const auto now = steady_clock::now();
    auto& made = entries_[next_id_];
    made.image = std::move(image);
    made.is_bulk = is_bulk;
    made.recorded_at = now;
    made.due_at = now + wait;
    return row_of(next_id_++, made);
}

std::vector<outbox_row> outbox_table::lock_due(std::size_t most) {
    const auto now = steady_clock::now();
    std::vector<std::int64_t> ids;
    for (const auto& [id, e] : entries_) {
        if (!e.is_settled && !e.is_locked && e.due_at <= now) ids.push_back(id);
    }
    std::stable_sort(ids.begin(), ids.end(),
                     [this](auto a, auto b) { return entries_.at(a).due_at < entries_.at(b).due_at; });
    if (ids.size() > most) ids.resize(most);
    std::vector<outbox_row> rows;
    for (const auto id : ids) {
        entries_.at(id).is_locked = true;
        rows.push_back(row_of(id, entries_.at(id)));
    }
    return rows;
}

void outbox_table::unlock(const std::vector<outbox_row>& rows, bool are_delivered) {
    for (const auto& row : rows) {
        const auto found = entries_.find(row.id);
        if (found == entries_.end()) continue;
        auto& e = found->second;
        e.is_locked = false;
        const bool is_overtaken = std::exchange(e.is_overtaken, false);
        if (!are_delivered || is_overtaken) continue;
        e.is_replay = false;
        e.is_settled = true;
        e.settled_at = steady_clock::now();
    }
}

void outbox_table::settle(const std::vector<std::int64_t>& ids) {
    for (const auto id : ids) {
        const auto found = entries_.find(id);
        if (found == entries_.end()) continue;
        auto& e = found->second;
        if (e.is_settled || e.is_locked || e.is_replay) continue;
        e.is_settled = true;
        e.settled_at = steady_clock::now();
    }
}

bool outbox_table::admit(const std::string& identity) {
    if (identities_.insert(identity).second) {
        for (auto& [id, e] : entries_) {
            e.is_settled = false;
            e.is_replay = true;
            e.is_overtaken = e.is_locked;
            e.due_at = steady_clock::now();
        }
    }
    return std::none_of(entries_.begin(), entries_.end(),
                        [](const auto& pair) { return pair.second.is_replay && !pair.second.is_settled; });
}

std::size_t outbox_table::forget(milliseconds retention, std::size_t most) {
    const auto before = steady_clock::now() - retention;
    std::size_t count = 0;
    for (auto at = entries_.begin(); at != entries_.end() && count < most;) {
        const bool is_over = at->second.is_settled && at->second.settled_at <= before;
        at = is_over ? entries_.erase(at) : std::next(at);
        count += is_over ? 1 : 0;
    }
    return count;
}

std::vector<outbox_row> outbox_table::pending() const {
    std::vector<outbox_row> rows;
    for (const auto& [id, e] : entries_) {
        if (!e.is_settled) rows.push_back(row_of(id, e));
    }
    return rows;
}

std::size_t outbox_table::retained() const {
    return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                  [](const auto& pair) { return pair.second.is_settled; }));
}

}  // namespace weir::fake
