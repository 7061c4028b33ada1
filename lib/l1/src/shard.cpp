#include "shard.hpp"

#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace weir {
namespace {

// More than one, so that the cleared entries are freed long before as many new ones have been inserted.
constexpr std::size_t cleared_at_once = 8;

constexpr std::size_t sampled_max = 16;    // entries in one sample
constexpr std::size_t groups_a_lock = 64;  // that a sample looks at before it lets writers in

void count(std::atomic<std::uint64_t>& events) {
    events.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

l1::shard::contents::contents(budget of) : values(of.bytes - of.absences), absences(of.absences) {}

l1::shard::shard(budget may_use, const weir::coherence& coherence)
    : budget_(may_use), coherence_(coherence), held_(std::make_unique<contents>(may_use)) {}

entry_ptr l1::shard::find(std::uint64_t hash, std::string_view key, unix_ms now) {
    const std::shared_lock lock(mutex_);
    l1_node* const node = held_->index.find(hash, key);
    if (node == nullptr || !node->is_valid(now, coherence_)) {
        count(misses_);
        return nullptr;
    }
    node->mark();
    count(hits_);
    return entry_ptr{node};
}

entry_ptr l1::shard::peek(std::uint64_t hash, std::string_view key, unix_ms now) const {
    const std::shared_lock lock(mutex_);
    const l1_node* const node = held_->index.find(hash, key);
    return node != nullptr && node->is_valid(now, coherence_) ? entry_ptr{node} : nullptr;
}

// Takes the entries under the lock, and copies their keys after it.
std::size_t l1::shard::sample(std::uint64_t random, std::size_t groups_max, std::size_t most, unix_ms now,
                              std::vector<std::string>& keys) const {
    boost::container::static_vector<entry_ptr, sampled_max> found;
    const std::size_t wanted = std::min(most - keys.size(), sampled_max);
    std::size_t looked_at = 0;
    {
        const std::shared_lock lock(mutex_);
        const l1_index& index = held_->index;
        const std::size_t end = std::min({groups_max, groups_a_lock, index.groups()});
        for (; looked_at < end && found.size() < wanted; ++looked_at) {
            for (const l1_node* node : index.nodes_of((random + looked_at) % index.groups())) {
                const bool may_take = node != nullptr && found.size() < wanted;
                if (may_take && node->is_valid(now, coherence_)) found.emplace_back(node);
            }
        }
    }
    for (const entry_ptr& one : found) keys.emplace_back(static_cast<const l1_node&>(*one).key());
    return looked_at;
}

// Checks the note and inserts in one critical section, as forget() erases in one. So a forget() that comes in
// between is either seen by the check, or erases the entry afterwards.
entry_ptr l1::shard::insert(std::uint64_t hash, node_ptr fresh, const coherence::note& noted,
                            std::optional<coherence::time_point> at) {
    entry_ptr kept{fresh.get()};
    freed_nodes freed;
    const std::lock_guard lock(mutex_);
    if (!may_insert(*fresh, noted, at)) {
        freed.add(std::move(fresh));
        return nullptr;
    }
    freed.add_some(cleared_, cleared_at_once);
    const node_queue queue = replace(hash, *fresh, freed);
    eviction& queues = held_->queues_of(*fresh);
    make_room(queues, fresh->bytes(), freed);
    held_->index.insert(hash, *fresh);
    queues.add(std::move(fresh), queue);
    count(inserts_);
    return kept;
}

bool l1::shard::may_insert(const l1_node& fresh, const coherence::note& noted,
                           std::optional<coherence::time_point> at) {
    if (at && !coherence_.is_trusted(*at)) {
        count(refused_untrusted_);
        return false;
    }
    if (!coherence_.is_current(noted)) {
        count(refused_late_);
        return false;
    }
    if (!held_->queues_of(fresh).can_hold(fresh.bytes())) {
        count(refused_large_);
        return false;
    }
    return true;
}

void l1::shard::make_room(eviction& queues, std::size_t bytes, freed_nodes& freed) {
    while (!queues.has_room(bytes)) {
        node_ptr evicted = queues.evict();
        held_->index.erase(evicted->hash(), *evicted);
        freed.add(std::move(evicted));
        count(evictions_);
    }
}

// Charges the entry. It leaves its queue meanwhile, so that make_room() cannot evict it.
bool l1::shard::grow(std::uint64_t hash, std::string_view key, const entry_ptr& content, std::size_t bytes) {
    freed_nodes freed;
    const std::lock_guard lock(mutex_);
    l1_node* const node = held_->index.find(hash, key);
    if (node == nullptr || node != content.get()) return false;
    eviction& queues = held_->queues_of(*node);
    if (!queues.can_hold(node->bytes() + bytes)) return false;
    const node_queue queue = node->queue;
    node_ptr larger = queues.remove(*node);
    larger->grow(bytes);
    make_room(queues, larger->bytes(), freed);
    queues.add(std::move(larger), queue);
    return true;
}

// Removes the key's old entry. A new entry of the same kind inherits the old one's queue and marks: a hot
// entry that was loaded again is as hot as before.
node_queue l1::shard::replace(std::uint64_t hash, l1_node& fresh, freed_nodes& freed) {
    l1_node* const old = held_->index.find(hash, fresh.key());
    if (old == nullptr) return node_queue::none;
    held_->index.erase(hash, *old);
    const node_queue queue = old->is_absence() == fresh.is_absence() ? old->queue : node_queue::none;
    if (queue != node_queue::none) fresh.inherit(*old);
    freed.add(held_->queues_of(*old).remove(*old));
    return queue;
}

void l1::shard::forget(std::uint64_t hash, std::string_view key) {
    freed_nodes freed;
    const std::lock_guard lock(mutex_);
    l1_node* const node = held_->index.find(hash, key);
    if (node == nullptr) return;
    held_->index.erase(hash, *node);
    freed.add(held_->queues_of(*node).forget(*node));
}

void l1::shard::clear() {
    auto other = std::make_unique<contents>(budget_);  // at the end only its empty tables are left to free
    const std::lock_guard lock(mutex_);
    held_.swap(other);
    other->values.give_up(cleared_);
    other->absences.give_up(cleared_);
}

void l1::shard::add_to(l1_stats& total) const {
    {
        const std::shared_lock lock(mutex_);
        total.entries += held_->values.entries() + held_->absences.entries();
        total.bytes += held_->values.bytes() + held_->absences.bytes();
    }
    total.hits += hits_.load(std::memory_order_relaxed);
    total.misses += misses_.load(std::memory_order_relaxed);
    total.inserts += inserts_.load(std::memory_order_relaxed);
    total.evictions += evictions_.load(std::memory_order_relaxed);
    total.refused_late += refused_late_.load(std::memory_order_relaxed);
    total.refused_untrusted += refused_untrusted_.load(std::memory_order_relaxed);
    total.refused_large += refused_large_.load(std::memory_order_relaxed);
}

}  // namespace weir
