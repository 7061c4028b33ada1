// Which entry of a bounded set has to go: the queues of S3-FIFO (see l1.hpp for the source and the reasons).
//
// Owns the nodes that are in it. Owned by a shard and used under its exclusive lock; marks alone are set by
// others meanwhile. The work of evict() is bounded: it gives at most `chances_max` second chances.
#pragma once

#include "l1_node.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

class s3_fifo {
 public:
    // `ghosts` is a power of two: how many evicted keys can be remembered, 8 bytes each.
    s3_fifo(std::size_t bytes_max, std::size_t ghosts);
    ~s3_fifo();
    s3_fifo(const s3_fifo&) = delete;
    s3_fifo& operator=(const s3_fifo&) = delete;

    // With none, into main if its key left a short while ago, else into small.
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
    bool has_room(std::size_t bytes) const { return small_.bytes + main_.bytes + bytes <= bytes_max_; }
    std::size_t bytes() const { return small_.bytes + main_.bytes; }
    std::size_t entries() const { return small_.entries + main_.entries; }

    static std::size_t ghost_bytes(std::size_t ghosts) { return ghosts * sizeof(ghost); }

 private:
    static constexpr unsigned chances_max = 32;

    struct queue {
        node_list nodes;  // newest first
        std::size_t bytes = 0;
        std::size_t entries = 0;
    };

    // A place holds the last key of its hash that left. It counts while no more keys have left since than
    // there are entries: that is what gives the ghosts their age without a queue of their own.
    struct ghost {
        std::uint32_t fingerprint = 0;
        std::uint32_t departure = 0;
    };

    queue& queue_of(const l1_node& node) { return node.queue == node_queue::main ? main_ : small_; }
    void remember(std::uint64_t hash);
    bool take_ghost(std::uint64_t hash);

    const std::size_t bytes_max_;
    queue small_;
    queue main_;
    std::vector<ghost> ghosts_;
    std::uint32_t departures_ = 0;
};

}  // namespace weir
