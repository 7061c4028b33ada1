#include "weir/cache/read_samples.hpp"

#include "weir/policy/invalidation.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir {

bool is_always_fresh(const policy& p, const resource& r) {
    if (!r.cached || !r.cached->unwatched.empty() || !r.cached->volatile_reason.empty()) return false;
    return std::any_of(p.changes.begin(), p.changes.end(), [&](const change& c) { return reaches(c, r); });
}

read_samples::read_samples(const policy& declared, milliseconds gap) : gap_(gap) {
    std::set<std::string> names;
    for (const resource& r : declared.resources) {
        if (is_always_fresh(declared, r)) names.insert(r.name);
    }
    for (const std::string& name : names) places_.emplace_back(name);
}

// Looks at the time before it locks: nearly all flights end there.
void read_samples::note(const resource& what, const std::vector<std::string>& values) {
    const auto at =
        std::lower_bound(places_.begin(), places_.end(), what.name,
                         [](const place& p, const std::string& name) { return p.resource < name; });
    if (at == places_.end() || at->resource != what.name) return;  // of a policy that came later
    const auto now = steady_clock::now().time_since_epoch();
    auto due = at->next_at.load(std::memory_order_relaxed);
    if (now.count() < due) return;
    if (!at->next_at.compare_exchange_strong(due, (now + gap_).count(), std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    if (at->kept.size() < kept_max) {
        at->kept.push_back(values);
    } else {
        at->kept[random_below(kept_max)] = values;
    }
}

std::optional<read_sample> read_samples::pick() {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const place& next = places_[turn_++ % places_.size()];
        if (next.kept.empty()) continue;
        return read_sample{next.resource, next.kept[random_below(next.kept.size())]};
    }
    return std::nullopt;
}

std::size_t read_samples::random_below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
}

}  // namespace weir
