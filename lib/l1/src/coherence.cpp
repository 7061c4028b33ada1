#include "weir/l1/coherence.hpp"

#include "weir/base/hash.hpp"

#include <algorithm>
#include <limits>

namespace weir {
namespace {

constexpr unsigned epoch_bits = 48;
constexpr std::uint64_t epoch_mask = (std::uint64_t{1} << epoch_bits) - 1;

std::size_t counter_of(std::string_view name) {
    return static_cast<std::size_t>(hash64(name) >> epoch_bits);  // L1 takes its shards from the low bits
}

}  // namespace

coherence::coherence()
    : keys_(std::make_unique<std::atomic<std::uint64_t>[]>(counters)),
      tags_(std::make_unique<std::atomic<std::uint64_t>[]>(counters)) {}

coherence::stamp coherence::stamp_of(const epochs& of, std::string_view name) {
    const std::size_t index = counter_of(name);
    return (std::uint64_t{index} << epoch_bits) | (of[index].load(std::memory_order_acquire) & epoch_mask);
}

bool coherence::is_current(const epochs& of, stamp seen) {
    const std::uint64_t now = of[seen >> epoch_bits].load(std::memory_order_acquire);
    return ((now ^ seen) & epoch_mask) == 0;
}

coherence::note coherence::take(std::string_view key, std::span<const std::string> tags) const {
    note taken;
    taken.generation_ = generation();
    taken.key_ = stamp_of(keys_, key);
    taken.tags_.reserve(tags.size());
    for (const std::string& tag : tags) taken.tags_.push_back(stamp_of(tags_, tag));
    return taken;
}

bool coherence::is_current(const note& noted) const {
    return noted.generation_ == generation() && is_current(keys_, noted.key_) && are_current(noted.tags());
}

bool coherence::are_current(std::span<const stamp> tags) const {
    return std::all_of(tags.begin(), tags.end(), [&](stamp seen) { return is_current(tags_, seen); });
}

void coherence::raise(const epochs& of, std::span<const std::string> names) {
    for (const std::string& name : names) of[counter_of(name)].fetch_add(1, std::memory_order_seq_cst);
}

void coherence::forget(std::span<const std::string> keys, std::span<const std::string> tags) {
    raise(keys_, keys);
    raise(tags_, tags);
}

// Makes the generation even before the trust becomes visible. In the other order an entry could be inserted
// under the old, odd generation. It would never be a hit, so its load would be wasted.
void coherence::extend(time_point::rep until) {
    if (generation() % 2 == 1) generation_.fetch_add(1, std::memory_order_seq_cst);
    trusted_until_.store(until, std::memory_order_seq_cst);
}

void coherence::trust_until(time_point until) {
    extend(until.time_since_epoch().count());
}

void coherence::trust_always() {
    extend(std::numeric_limits<time_point::rep>::max());
}

void coherence::register_until(time_point until) {
    registered_until_.store(until.time_since_epoch().count(), std::memory_order_seq_cst);
}

void coherence::distrust() {
    trusted_until_.store(std::numeric_limits<time_point::rep>::min(), std::memory_order_seq_cst);
    if (generation() % 2 == 0) generation_.fetch_add(1, std::memory_order_seq_cst);
}

}  // namespace weir
