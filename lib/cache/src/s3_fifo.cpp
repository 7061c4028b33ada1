#include "s3_fifo.hpp"

#include <cassert>

namespace weir {
namespace {

// More than one hit before its turn comes: the second look of a page that is reloaded once proves nothing.
constexpr std::uint8_t marks_to_stay = 2;

std::size_t slot_of(std::uint64_t hash, std::size_t slots) {
    return (hash >> 8U) & (slots - 1);  // the lowest bits chose the shard
}

std::uint32_t fingerprint_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U);
}

}  // namespace

s3_fifo::s3_fifo(std::size_t bytes_max, std::size_t ghosts) : bytes_max_(bytes_max), ghosts_(ghosts) {
    assert(ghosts > 0 && (ghosts & (ghosts - 1)) == 0);
}

s3_fifo::~s3_fifo() {
    small_.nodes.clear_and_dispose(l1_node::deleter{});
    main_.nodes.clear_and_dispose(l1_node::deleter{});
}

void s3_fifo::add(node_ptr node, node_queue into) {
    if (into == node_queue::none) into = take_ghost(node->hash()) ? node_queue::main : node_queue::small;
    node->queue = into;
    auto& to = queue_of(*node);
    to.bytes += node->bytes();
    to.entries += 1;
    to.nodes.push_front(*node.release());
}

node_ptr s3_fifo::remove(l1_node& node) {
    auto& from = queue_of(node);
    from.bytes -= node.bytes();
    from.entries -= 1;
    from.nodes.erase(from.nodes.iterator_to(node));
    return node_ptr{&node};
}

node_ptr s3_fifo::forget(l1_node& node) {
    if (node.queue == node_queue::main || node.marks() >= marks_to_stay) remember(node.hash());
    return remove(node);
}

node_ptr s3_fifo::evict() {
    for (unsigned chances = 0; chances < chances_max; ++chances) {
        const bool is_small_full = small_.bytes > bytes_max_ / 10 || main_.nodes.empty();
        node_ptr oldest = remove(is_small_full ? small_.nodes.back() : main_.nodes.back());
        const std::uint8_t marks = oldest->marks();
        const bool stays = marks >= (is_small_full ? marks_to_stay : 1);
        if (!stays) {
            if (is_small_full) remember(oldest->hash());
            return oldest;
        }
        oldest->set_marks(is_small_full ? 0 : marks - 1);
        add(std::move(oldest), node_queue::main);
    }
    // All that were looked at have proved themselves (as when everything in small was hit while there was
    // room): rather the newest, which has proved nothing yet. It is remembered.
    const bool is_newest_unproven = !small_.nodes.empty() && small_.nodes.front().marks() < marks_to_stay;
    l1_node& last = is_newest_unproven ? small_.nodes.front() : main_.nodes.back();
    remember(last.hash());
    return remove(last);
}

void s3_fifo::give_up(freed_nodes& to) {
    for (queue* const q : {&small_, &main_}) {
        to.add_all(q->nodes);
        q->bytes = 0;
        q->entries = 0;
    }
}

void s3_fifo::remember(std::uint64_t hash) {
    ghosts_[slot_of(hash, ghosts_.size())] = {fingerprint_of(hash), ++departures_};
}

bool s3_fifo::take_ghost(std::uint64_t hash) {
    ghost& here = ghosts_[slot_of(hash, ghosts_.size())];
    const bool is_known = here.departure != 0 && here.fingerprint == fingerprint_of(hash) &&
                          departures_ - here.departure <= entries();
    if (is_known) here = {};
    return is_known;
}

}  // namespace weir
