// Where the nodes of a shard are: by the hash of their keys, in groups of eight places that fill one cache
// line.
//
// A place holds a node's address and sixteen bits of its hash, so that a look-up among a million entries
// misses the processor's caches twice, for the line and for the node, and one that finds nothing mostly once.
// A node whose group is full stands in one of the next; each group counts how many went past it, so that a
// look-up knows when to stop (as in F14, N. Bronson, X. Shi, 2019).
//
// Grows by a quarter when it is nearly full, and never shrinks. That moves all places of this shard under its
// lock: a millisecond for thirty thousand entries, a few times while an L1 fills.
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
    // What an entry takes in it on average, when it has just grown.
    static constexpr std::size_t bytes_per_node = 12;

    l1_index() : groups_(1) {}

    // Null when there is none.
    l1_node* find(std::uint64_t hash, std::string_view key) const;

    void insert(std::uint64_t hash, l1_node& node);       // nothing stands under its key
    void erase(std::uint64_t hash, const l1_node& node);  // which stands in it

 private:
    // The address with the hash's bits above it. What an address has no need of, its lowest four bits, are in
    // the first place the count of those that went past.
    using place = std::uint64_t;
    struct alignas(64) group {
        std::array<place, 8> places{};
    };

    std::size_t home_of(std::uint64_t hash) const;
    std::size_t next(std::size_t at) const { return at + 1 == groups_.size() ? 0 : at + 1; }
    void put(std::uint64_t hash, l1_node& node);
    void grow();

    std::vector<group> groups_;
    std::size_t nodes_ = 0;
};

}  // namespace weir
