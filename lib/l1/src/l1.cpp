#include "weir/l1/l1.hpp"

#include "weir/base/hash.hpp"

#include "shard.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t shards_max = 64;
// A smaller shard would evict other entries than one large L1 would.
constexpr std::size_t shard_bytes_min = 8U << 20U;
constexpr std::size_t entries_a_shard_min = 4;        // so that one large entry does not fill a shard
constexpr std::size_t sampled_groups_max = 256;       // of eight entries each: about a tenth of a millisecond
constexpr std::size_t entry_bytes_limit = 1U << 30U;  // a node counts its bytes with 32 bits

// Returns the number of shards, a power of two. A shard must be large and have room for several of the
// largest entries, so a small L1 has few shards.
std::size_t shard_count(const l1_options& options) {
    const std::size_t share_min = std::max(shard_bytes_min, entries_a_shard_min * options.entry_bytes_max);
    std::size_t count = shards_max;
    while (count > 1 && options.bytes_max / count < share_min) count /= 2;
    return count;
}

}  // namespace

l1::l1(l1_options options, const weir::coherence& coherence) {
    const std::size_t absences =
        options.absence_bytes_max > 0 ? options.absence_bytes_max : options.bytes_max / 16;
    const std::size_t count = shard_count(options);
    const std::size_t share = options.bytes_max / count;
    entry_bytes_max_ = std::min({options.entry_bytes_max, share / entries_a_shard_min, entry_bytes_limit});
    for (std::size_t i = 0; i < count; ++i) {
        const shard::budget may_use{.bytes = share, .absences = std::min(absences / count, share)};
        shards_.push_back(std::make_unique<shard>(may_use, coherence));
    }
}

l1::~l1() = default;

// Goes from shard to shard. A shard with few entries has few groups, so a small L1 is looked at as a whole.
std::vector<std::string> l1::sample(std::uint64_t random, std::size_t most, unix_ms now) const {
    std::vector<std::string> keys;
    std::size_t groups_left = sampled_groups_max;
    for (std::size_t i = 0; i < shards_.size() && keys.size() < most && groups_left > 0; ++i) {
        groups_left -= shard_of(random + i).sample(random >> 8U, groups_left, most, now, keys);
    }
    return keys;
}

l1::shard& l1::shard_of(std::uint64_t hash) const {
    return *shards_[hash & (shards_.size() - 1)];
}

entry_ptr l1::find(std::string_view key, unix_ms now) {
    const std::uint64_t hash = hash64(key);
    return shard_of(hash).find(hash, key, now);
}

entry_ptr l1::peek(std::string_view key, unix_ms now) const {
    const std::uint64_t hash = hash64(key);
    return shard_of(hash).peek(hash, key, now);
}

entry_ptr l1::insert(std::string_view key, const entry_parts& content, std::string_view head,
                     const coherence::note& noted, unix_ms expiry, coherence::time_point at) {
    return insert(key, content, head, noted, expiry, std::optional{at});
}

entry_ptr l1::insert_untrusted(std::string_view key, const entry_parts& content, std::string_view head,
                               const coherence::note& noted) {
    return insert(key, content, head, noted, content.hard_expiry, std::nullopt);
}

entry_ptr l1::insert(std::string_view key, const entry_parts& content, std::string_view head,
                     const coherence::note& noted, unix_ms expiry,
                     std::optional<coherence::time_point> trusted_at) {
    const std::uint64_t hash = hash64(key);
    shard& here = shard_of(hash);
    if (l1_node::bytes_of(key, content, head, noted) > entry_bytes_max_) {
        here.note_too_large();
        return nullptr;
    }
    const unix_ms until = std::min(expiry, content.hard_expiry);
    return here.insert(hash, l1_node::make(key, content, head, noted, until), noted, trusted_at);
}

bool l1::grow(std::string_view key, const entry_ptr& content, std::size_t bytes) {
    const std::uint64_t hash = hash64(key);
    return shard_of(hash).grow(hash, key, content, bytes);
}

void l1::forget(std::span<const std::string> keys) {
    for (const std::string& key : keys) {
        const std::uint64_t hash = hash64(key);
        shard_of(hash).forget(hash, key);
    }
}

void l1::clear() {
    for (const auto& one : shards_) one->clear();
}

l1_stats l1::stats() const {
    l1_stats total;
    for (const auto& one : shards_) one->add_to(total);
    return total;
}

}  // namespace weir
