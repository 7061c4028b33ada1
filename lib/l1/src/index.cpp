#include "index.hpp"

#include <cassert>
#include <utility>

namespace weir {
namespace {

constexpr unsigned tag_shift = 48;
constexpr std::uint64_t passed_mask = 0xf;  // a count that has reached this stays at it
constexpr std::uint64_t node_mask = (std::uint64_t{1} << tag_shift) - 1 - passed_mask;

// Returns middle bits of the hash: the lowest chose the shard, the highest choose the group.
std::uint64_t tag_of(std::uint64_t hash) {
    return hash << (tag_shift - 8U) >> tag_shift << tag_shift;
}

l1_node* node_in(std::uint64_t slot) {
    return reinterpret_cast<l1_node*>(slot & node_mask);  // NOLINT(performance-no-int-to-ptr): packed
}

std::uint64_t slot_of(std::uint64_t hash, const l1_node& node) {
    const auto address = reinterpret_cast<std::uint64_t>(&node);
    assert((address & ~node_mask) == 0);
    return tag_of(hash) | address;
}

unsigned passed(std::uint64_t first) {
    return first & passed_mask;
}

// Prefetches all cache lines that a hit reads at once. Otherwise it would wait for one after the other.
void prefetch(const l1_node& node) {
    constexpr std::size_t line = 64;
    const auto* const begin = reinterpret_cast<const char*>(&node);
    __builtin_prefetch(begin);
    __builtin_prefetch(begin + line);
    __builtin_prefetch(begin + sizeof(l1_node) + line / 2);
}

void set_node(std::uint64_t& slot, std::uint64_t to) {
    slot = (slot & passed_mask) | to;
}

}  // namespace

std::size_t l1_index::home_of(std::uint64_t hash) const {
    return (hash >> 32U) * groups_.size() >> 32U;
}

l1_node* l1_index::find(std::uint64_t hash, std::string_view key) const {
    const std::uint64_t tag = tag_of(hash) >> tag_shift;
    std::size_t at = home_of(hash);
    for (std::size_t looked_at = 0; looked_at < groups_.size(); ++looked_at, at = next(at)) {
        const group& here = groups_[at];
        for (const slot p : here.slots) {
            if (p >> tag_shift != tag) continue;
            l1_node* const node = node_in(p);
            if (node == nullptr) continue;
            prefetch(*node);
            if (node->key() == key) return node;
        }
        if (passed(here.slots[0]) == 0) break;
    }
    return nullptr;
}

std::array<const l1_node*, 8> l1_index::nodes_of(std::size_t at) const {
    std::array<const l1_node*, 8> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = node_in(groups_[at].slots[i]);
    return out;
}

void l1_index::insert(std::uint64_t hash, l1_node& node) {
    if (++nodes_ > groups_.size() * 7) grow();
    put(hash, node);
}

void l1_index::put(std::uint64_t hash, l1_node& node) {
    for (std::size_t at = home_of(hash);; at = next(at)) {
        for (slot& p : groups_[at].slots) {
            if (node_in(p) != nullptr) continue;
            set_node(p, slot_of(hash, node));
            return;
        }
        slot& first = groups_[at].slots[0];
        if (passed(first) < passed_mask) first += 1;
    }
}

void l1_index::erase(std::uint64_t hash, const l1_node& node) {
    const slot wanted = slot_of(hash, node);
    nodes_ -= 1;
    for (std::size_t at = home_of(hash);; at = next(at)) {
        for (slot& p : groups_[at].slots) {
            if ((p & ~passed_mask) != wanted) continue;
            set_node(p, 0);
            return;
        }
        slot& first = groups_[at].slots[0];
        assert(passed(first) > 0);
        if (passed(first) < passed_mask) first -= 1;
    }
}

void l1_index::grow() {
    const auto old = std::exchange(groups_, std::vector<group>(groups_.size() + groups_.size() / 4 + 1));
    for (const group& g : old) {
        for (const slot p : g.slots) {
            if (l1_node* const node = node_in(p)) put(node->hash(), *node);
        }
    }
}

}  // namespace weir
