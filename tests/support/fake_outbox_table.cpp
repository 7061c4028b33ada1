#include "support/fake_outbox_table.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace weir::fake {

outbox_row outbox_table::row_of(std::int64_t id, const entry& from) {
    const auto age = steady_clock::now() - from.recorded_at;
    return {.id = id,
            .image = from.image,
            .is_bulk = from.is_bulk,
            .age = from.replays.empty() ? std::chrono::duration_cast<milliseconds>(age) : milliseconds{0}};
}

registration outbox_table::enter(const consumer_facts& as) {
    const auto now = steady_clock::now();
    auto at = std::find_if(members_.begin(), members_.end(),
                           [&](const auto& pair) { return pair.second.name == as.name; });
    if (at == members_.end()) {
        at = members_.emplace(static_cast<int>(members_.size()) + 1, member{}).first;
        at->second.name = as.name;
        const auto needs = boost::json::parse(as.needs);
        for (const auto& table : needs.as_object()) at->second.tables.emplace(table.key());
        at->second.expires_at = now;
    }
    auto& [id, self] = *at;
    const bool has_run_out = self.expires_at <= now;
    const bool has_missed =
        has_run_out && std::any_of(members_.begin(), members_.end(), [&](const auto& pair) {
            return pair.first != at->first && pair.second.expires_at >= at->second.expires_at;
        });
    if (has_missed && self.is_open) {
        self.incarnation += 1;
        self.is_open = false;
    }
    self.retention = as.retention;
    self.expires_at = now + as.lifetime;
    return {.id = id,
            .incarnation = self.incarnation,
            .is_open = self.is_open,
            .left = as.lifetime,
            .has_others = has_others(id),
            .oldest_owed = has_others(id) && !has_run_out ? oldest_owed(id) : 0};
}

std::int64_t outbox_table::oldest_owed(int consumer) const {
    std::int64_t oldest = 0;
    for (const auto& [id, e] : entries_) {
        const bool is_owed = !e.is_settled && e.delivered.count(consumer) == 0 && declares(consumer, e);
        if (is_owed && (oldest == 0 || e.due_at < entries_.at(oldest).due_at)) oldest = id;
    }
    return oldest;
}

bool outbox_table::open(int consumer, const std::vector<std::string>& identities) {
    if (!is_alive(consumer)) return false;
    members_.at(consumer).is_open = true;
    for (const auto& identity : identities) identities_.emplace(consumer, identity);
    return true;
}

void outbox_table::leave(int consumer, milliseconds left) {
    const auto found = members_.find(consumer);
    if (found == members_.end()) return;
    found->second.expires_at = std::min(found->second.expires_at, steady_clock::now() + left);
}

bool outbox_table::is_alive(int consumer) const {
    const auto found = members_.find(consumer);
    return found != members_.end() && found->second.expires_at > steady_clock::now();
}

bool outbox_table::declares(int consumer, const entry& e) const {
    return consumer == 0 || members_.at(consumer).tables.count(e.image.table) != 0;
}

bool outbox_table::has_others(int consumer) const {
    const auto& own = members_.at(consumer).tables;
    return std::any_of(members_.begin(), members_.end(), [&](const auto& pair) {
        return pair.first != consumer && is_alive(pair.first) &&
               std::any_of(own.begin(), own.end(),
                           [&](const auto& table) { return pair.second.tables.count(table) != 0; });
    });
}

std::set<int> outbox_table::missing(const entry& e) const {
    std::set<int> found;
    for (const auto& [id, one] : members_) {
        if (is_alive(id) && declares(id, e) && e.delivered.count(id) == 0) found.insert(id);
    }
    return found;
}

void outbox_table::mark(int consumer, entry& e) {
    e.delivered.insert(consumer);
    e.replays.erase(consumer);
    e.is_settled = missing(e).empty();
    e.settled_at = steady_clock::now();
}

outbox_row outbox_table::record(row_image image, bool is_bulk, milliseconds wait, int writer) {
    const auto now = steady_clock::now();
    auto& made = entries_[next_id_];
    made.image = std::move(image);
    made.is_bulk = is_bulk;
    made.writer = writer;
    made.recorded_at = now;
    made.due_at = now + wait;
    return row_of(next_id_++, made);
}

std::vector<outbox_row> outbox_table::lock_due(int consumer, std::size_t most) {
    if (!may_mark(consumer)) return {};
    const auto now = steady_clock::now();
    std::vector<std::int64_t> ids;
    for (const auto& [id, e] : entries_) {
        const bool is_owed = !e.is_settled && e.delivered.count(consumer) == 0 && declares(consumer, e);
        const bool is_due = e.due_at <= now || e.writer != consumer;
        if (is_owed && is_due && e.locked.count(consumer) == 0) ids.push_back(id);
    }
    std::stable_sort(ids.begin(), ids.end(),
                     [this](auto a, auto b) { return entries_.at(a).due_at < entries_.at(b).due_at; });
    if (ids.size() > most) ids.resize(most);
    std::vector<outbox_row> rows;
    for (const auto id : ids) {
        entries_.at(id).locked.insert(consumer);
        rows.push_back(row_of(id, entries_.at(id)));
    }
    return rows;
}

void outbox_table::unlock(int consumer, const std::vector<outbox_row>& rows, bool are_delivered) {
    for (const auto& row : rows) {
        const auto found = entries_.find(row.id);
        if (found == entries_.end()) continue;
        auto& e = found->second;
        e.locked.erase(consumer);
        const bool is_overtaken = e.overtaken.erase(consumer) != 0;
        if (are_delivered && !is_overtaken && may_mark(consumer)) mark(consumer, e);
    }
}

void outbox_table::settle(int consumer, const std::vector<std::int64_t>& ids) {
    for (const auto id : ids) {
        const auto found = entries_.find(id);
        if (found == entries_.end() || !may_mark(consumer)) continue;
        auto& e = found->second;
        if (!e.is_settled && e.replays.count(consumer) == 0) mark(consumer, e);
    }
}

std::vector<missing_mark> outbox_table::missing_marks(int consumer,
                                                      const std::vector<std::int64_t>& ids) const {
    std::vector<missing_mark> found;
    for (const auto id : ids) {
        const auto at = entries_.find(id);
        if (at == entries_.end() || at->second.is_settled) continue;
        for (const int other : missing(at->second)) {
            if (other != consumer) found.push_back({.outbox_id = id, .consumer = other});
        }
    }
    return found;
}

bool outbox_table::admit(int consumer, const std::string& identity) {
    if (identities_.emplace(consumer, identity).second) {
        for (auto& [id, e] : entries_) {
            if (!declares(consumer, e)) continue;
            e.is_settled = false;
            e.delivered.erase(consumer);
            e.replays.insert(consumer);
            if (e.locked.count(consumer) != 0) e.overtaken.insert(consumer);
            e.due_at = steady_clock::now();
        }
    }
    return std::none_of(entries_.begin(), entries_.end(), [&](const auto& pair) {
        return pair.second.replays.count(consumer) != 0 && !pair.second.is_settled;
    });
}

void outbox_table::sweep() {
    if (members_.empty()) return;
    for (auto& [id, e] : entries_) {
        if (e.is_settled || !missing(e).empty()) continue;
        e.is_settled = true;
        e.settled_at = steady_clock::now();
    }
}

std::size_t outbox_table::forget(milliseconds retention, std::size_t most) {
    auto longest = retention;
    for (const auto& [id, one] : members_) {
        if (is_alive(id)) longest = std::max(longest, one.retention);
    }
    const auto before = steady_clock::now() - longest;
    std::size_t count = 0;
    for (auto at = entries_.begin(); at != entries_.end() && count < most;) {
        const bool is_over = at->second.is_settled && at->second.settled_at <= before;
        at = is_over ? entries_.erase(at) : std::next(at);
        count += is_over ? 1 : 0;
    }
    sweep();
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
