#include "weir/cache/recent_invalidations.hpp"

#include "weir/base/hash.hpp"

namespace weir {

void recent_invalidations::note(const std::vector<std::string>& names, unix_ms at) {
    for (const std::string& name : names) {
        const std::uint64_t hash = hash64(name);
        places_[hash % places] = {hash, at};
    }
}

std::optional<unix_ms> recent_invalidations::last(std::string_view name) const {
    const std::uint64_t hash = hash64(name);
    const heard& found = places_[hash % places];
    if (found.at == unix_ms{} || found.hash != hash) return std::nullopt;
    return found.at;
}

}  // namespace weir
