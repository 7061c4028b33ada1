// Chooses which entry of a bounded set has to leave (see l1.hpp for the sources and the reasons).
//
// There are two queues. `small` holds new entries, first in, first out. When its oldest entry has to leave,
// it moves to `main` if it was requested more often than main's next victim. Otherwise it stays for a second
// round if it was hit at all. Otherwise it is evicted.
//
// In `main`, as in SIEVE, a hand walks from the oldest entry to the newest and evicts the first that was not
// hit since the hand last passed. Entries do not move.
//
// An evicted key is remembered for a while as a ghost: how often it was requested, and which queue it left.
// A key that comes back while remembered goes to main at once. It shows that the queue that it left was too
// short, so that queue grows at the cost of the other, as in ARC.
//
// Owns its nodes. Owned by a shard and used under the shard's exclusive lock; other threads set only marks.
// The work of evict() is bounded: it looks at about 64 nodes at most.
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

    // Adds a node to a queue. With `none`, for a node that was just loaded, the ghosts decide which.
    void add(node_ptr node, node_queue into = node_queue::none);

    node_ptr remove(l1_node& node);

    // Removes a node whose key was invalidated. Remembers it if it had been hit, since it leaves because it
    // changed and not because it was requested too seldom.
    node_ptr forget(l1_node& node);

    // Removes the node that has to leave next. There must be one.
    node_ptr evict();

    // Moves all nodes to `to`, in constant time.
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
        double departures = 1;  // evictions; older ones count less
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
    double small_bytes_;  // the part of bytes_max_ that small may take; moves with the ghosts that come back
    queue small_;
    queue main_;
    l1_node* hand_ = nullptr;  // the next node of main to look at; null: the oldest
    ghosts ghosts_;
    std::size_t arrivals_ = 0;  // since the last ageing
    std::uint8_t age_ = 0;
};

}  // namespace weir
