#include "weir/cache/recent_invalidations.hpp"

#include "weir/base/hash.hpp"

#include <algorithm>
#include <utility>

namespace weir {

void recent_invalidations::note(const std::vector<std::string>& names, unix_ms at) {
    for (const std::string& name : names) {
        const std::uint64_t hash = hash64(name);
        slots_[hash % slots] = {hash, at};
    }
}

std::optional<unix_ms> recent_invalidations::last(std::string_view name) const {
    const std::uint64_t hash = hash64(name);
    const slot& found = slots_[hash % slots];
    if (found.at == unix_ms{} || found.hash != hash) return std::nullopt;
    return found.at;
}

void recent_invalidations::sample(const std::vector<std::string>& keys, unix_ms at) {
    if (keys.empty() || (!sampled_.empty() && at < sampled_.back().at + sample_gap)) return;
    if (sampled_.size() == samples_max) sampled_.pop_front();
    const auto any = static_cast<std::size_t>(at.time_since_epoch().count()) % keys.size();
    sampled_.push_back({keys[any], at});
}

std::optional<std::string> recent_invalidations::take_sampled(unix_ms from, unix_ms until) {
    const auto youngest =
        std::find_if(sampled_.rbegin(), sampled_.rend(), [&](const sampled& s) { return s.at <= until; });
    if (youngest == sampled_.rend()) return std::nullopt;
    std::optional<std::string> taken;
    if (youngest->at >= from) taken = std::move(youngest->key);
    sampled_.erase(sampled_.begin(), youngest.base());
    return taken;
}

}  // namespace weir
