// Which entry of a bounded set has to go (see l1.hpp for the sources and the reasons).
//
// Two queues. `small`: new entries, first in, first out. When its oldest has to leave, it moves to `main` if
// it was asked for more often than main's next victim, else it stays a second round if it was hit at all,
// else it goes. `main`: as in SIEVE, a hand walks from the oldest to the newest and takes the first that was
// not hit since it last came by; entries stay where they are. What is gone is remembered for a while
// (ghosts): with how often it was asked for, and out of which queue it went. A key that comes back while
// remembered goes to main at once, and shows which of the queues was too short: that one grows at the cost of
// the other, as in ARC.
//
// Owns the nodes that are in it. Owned by a shard and used under its exclusive lock; marks alone are set by
// others meanwhile. The work of evict() is bounded: it looks at some 64 nodes at most.
#pragma once

#include "ghosts.hpp"
#include "node.hpp"

#include <cstddef>
#include <cstdint>

namespace weir {

class eviction {
 public:
    explicit eviction(std::size_t bytes_max);
    ~eviction();
    eviction(const eviction&) = delete;
    eviction& operator=(const eviction&) = delete;

    // With none, as the ghosts say: a node that was just loaded.
    void add(node_ptr node, node_queue into = node_queue::none);

    node_ptr remove(l1_node& node);

    // The same, and remembers one that had proved itself: it goes because it changed, not because nobody
    // wants it.
    node_ptr forget(l1_node& node);

    // Takes out the one whose turn it is. There must be one.
    node_ptr evict();

    // Gives up all nodes, in a few instructions however many they are.
    void give_up(freed_nodes& to);

    bool can_hold(std::size_t bytes) const { return bytes <= bytes_max_; }
    bool has_room(std::size_t bytes) const { return this->bytes() + bytes <= bytes_max_; }
    std::size_t bytes() const { return small_.bytes + main_.bytes; }
    std::size_t entries() const { return small_.entries + main_.entries; }

 private:
    struct queue {
        node_list nodes;  // newest first
        std::size_t bytes = 0;
        std::size_t entries = 0;
        double departures = 1;  // evictions, the older ones counted less
    };

    queue& queue_of(const l1_node& node) { return node.queue == node_queue::main ? main_ : small_; }
    void remember(l1_node& node, gone_from from);
    node_queue welcome(l1_node& node);
    void adapt(gone_from short_queue);
    bool is_smalls_turn() const;
    bool is_wanted_more(l1_node& oldest, unsigned& looks);
    l1_node& victim(unsigned& looks);
    void move_hand();
    node_ptr leave(l1_node& node);

    const std::size_t bytes_max_;
    double small_bytes_;  // what small may take once there is no room; moves with the ghosts that come back
    queue small_;
    queue main_;
    l1_node* hand_ = nullptr;  // in main: the next to look at; null: the oldest
    ghosts ghosts_;
    std::size_t arrivals_ = 0;  // since the last ageing
    std::uint8_t age_ = 0;
};

}  // namespace weir
