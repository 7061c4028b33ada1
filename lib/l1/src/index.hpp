// Finds the nodes of a shard by the hash of their keys. A hash table of groups of eight slots that fill one
// cache line.
//
// A slot holds a node's address and sixteen bits of its hash. So a look-up among a million entries misses the
// processor's caches twice, for the group and for the node; one that finds nothing misses mostly once. A node
// whose group is full is stored in a later group. Each group counts how many nodes passed it, so that a
// look-up knows when to stop (as in F14, N. Bronson, X. Shi, 2019).
//
// Grows by a quarter when it is nearly full, and never shrinks. Growing moves all slots of the shard under
// its lock. That takes a millisecond for thirty thousand entries, and happens a few times while an L1 fills.
//
// Owned by a shard, guarded by its lock; borrows the nodes.
#pragma once

#include "node.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir {

class l1_index {
 public:
    // The bytes that a node takes in the table on average, just after the table has grown.
    static constexpr std::size_t bytes_per_node = 12;

    l1_index() : groups_(1) {}

    // Returns the key's node, or null.
    l1_node* find(std::uint64_t hash, std::string_view key) const;

    // Returns the nodes of a group, null where a slot is empty.
    std::array<const l1_node*, 8> nodes_of(std::size_t at) const;
    std::size_t groups() const { return groups_.size(); }

    void insert(std::uint64_t hash, l1_node& node);       // the index must not have its key
    void erase(std::uint64_t hash, const l1_node& node);  // the index must have it

 private:
    // The address with the hash's bits above it. An address does not need its lowest four bits: in a group's
    // first slot they count the nodes that passed the group.
    using slot = std::uint64_t;
    struct alignas(64) group {
        std::array<slot, 8> slots{};
    };

    std::size_t home_of(std::uint64_t hash) const;
    std::size_t next(std::size_t at) const { return at + 1 == groups_.size() ? 0 : at + 1; }
    void put(std::uint64_t hash, l1_node& node);
    void grow();

    std::vector<group> groups_;
    std::size_t nodes_ = 0;
};

}  // namespace weir
