#include "eviction.hpp"

#include <algorithm>

namespace weir {
namespace {

// These were chosen by replaying traces (docs/performance.md, "L1"). None of them is critical.
constexpr unsigned looks_max = 64;        // nodes that one eviction looks at, about
constexpr double small_share_min = 0.06;  // of the bytes; also the initial share
constexpr double small_share_max = 0.9;
constexpr double step_entries = 2;          // how far one ghost that comes back moves the border
constexpr unsigned hit_bonus = 3;           // added to the frequency of a node that was hit while in small
constexpr std::size_t arrivals_of_age = 8;  // for each entry; then all frequencies are halved

}  // namespace

eviction::eviction(std::size_t bytes_max)
    : bytes_max_(bytes_max), small_bytes_(small_share_min * static_cast<double>(bytes_max)) {}

eviction::~eviction() {
    small_.nodes.clear_and_dispose(l1_node::deleter{});
    main_.nodes.clear_and_dispose(l1_node::deleter{});
}

void eviction::add(node_ptr node, node_queue into) {
    node->queue = into == node_queue::none ? welcome(*node) : into;
    queue& to = queue_of(*node);
    to.bytes += node->bytes();
    to.entries += 1;
    to.nodes.push_front(*node.release());
    ghosts_.make_room_for(entries());
}

// Removes a node. If the hand points at it, the hand moves on to the next newer one.
node_ptr eviction::remove(l1_node& node) {
    queue& from = queue_of(node);
    const auto at = from.nodes.iterator_to(node);
    if (hand_ == &node) move_hand();
    from.bytes -= node.bytes();
    from.entries -= 1;
    from.nodes.erase(at);
    return node_ptr{&node};
}

node_ptr eviction::forget(l1_node& node) {
    if (node.queue == node_queue::main || node.marks() > 0) remember(node, gone_from::invalidated);
    return remove(node);
}

node_ptr eviction::evict() {
    unsigned looks = looks_max;
    while (looks > 0 && is_smalls_turn()) {
        looks -= 1;
        l1_node& oldest = small_.nodes.back();
        const bool is_wanted = is_wanted_more(oldest, looks);
        if (!is_wanted && oldest.marks() == 0) return leave(oldest);
        oldest.set_marks(0);
        add(remove(oldest), is_wanted ? node_queue::main : node_queue::small);
    }
    if (!is_smalls_turn()) return leave(victim(looks));
    // Every node looked at has been kept: everything was hit while there was room. Then the newest leaves if
    // it has not been hit yet.
    const bool is_newest_unproven = small_.nodes.front().marks() == 0;
    return leave(is_newest_unproven ? small_.nodes.front() : small_.nodes.back());
}

bool eviction::is_smalls_turn() const {
    if (small_.nodes.empty()) return false;
    return main_.nodes.empty() || static_cast<double>(small_.bytes) >= small_bytes_;
}

// Returns whether small's oldest is requested more often than the node that main would evict for it.
bool eviction::is_wanted_more(l1_node& oldest, unsigned& looks) {
    if (main_.nodes.empty()) return oldest.marks() > 0;
    const unsigned bonus = oldest.marks() > 0 ? hit_bonus : 0;
    return oldest.frequency(age_) + bonus > victim(looks).frequency(age_);
}

// Returns the node that main would evict next. The hand stays at it: if it is kept for now, it is the next
// one to be compared.
l1_node& eviction::victim(unsigned& looks) {
    if (hand_ == nullptr) hand_ = &main_.nodes.back();
    while (hand_->marks() > 0 && looks > 0) {
        looks -= 1;
        hand_->set_marks(hand_->marks() - 1);
        move_hand();
        if (hand_ == nullptr) hand_ = &main_.nodes.back();
    }
    return *hand_;
}

void eviction::move_hand() {
    const auto at = main_.nodes.iterator_to(*hand_);
    hand_ = at == main_.nodes.begin() ? nullptr : &*std::prev(at);
}

node_ptr eviction::leave(l1_node& node) {
    remember(node, node.queue == node_queue::main ? gone_from::main : gone_from::small);
    return remove(node);
}

void eviction::give_up(freed_nodes& to) {
    for (queue* const q : {&small_, &main_}) {
        to.add_all(q->nodes);
        q->bytes = 0;
        q->entries = 0;
    }
    hand_ = nullptr;
}

void eviction::remember(l1_node& node, gone_from from) {
    ghosts_.remember(node.hash(), from, node.frequency(age_), entries());
    if (from == gone_from::invalidated) return;
    (from == gone_from::small ? small_ : main_).departures += 1;
    if (small_.departures + main_.departures <= 2 * static_cast<double>(entries())) return;
    for (queue* const q : {&small_, &main_}) q->departures = std::max(1.0, q->departures / 2);
}

// Returns the queue in which a node that was just loaded begins.
node_queue eviction::welcome(l1_node& node) {
    arrivals_ += 1;
    if (arrivals_ >= arrivals_of_age * entries()) {
        arrivals_ = 0;
        age_ += 1;
    }
    const std::uint64_t hash = node.hash();
    const auto known = ghosts_.recall(hash);
    node.begin(age_, known ? known->frequency + 1 : 1);
    if (!known || !known->is_recent) return node_queue::small;
    adapt(known->from);
    ghosts_.forget(hash);
    node.set_marks(1);
    return node_queue::main;
}

// Moves the border between the queues. The rarer the ghosts of a queue are, the more one that comes back
// tells.
void eviction::adapt(gone_from short_queue) {
    if (short_queue == gone_from::invalidated) return;
    const bool is_small = short_queue == gone_from::small;
    const double ratio = main_.departures / small_.departures;
    const double entry_bytes =
        static_cast<double>(bytes()) / static_cast<double>(std::max<std::size_t>(entries(), 1));
    const double step = step_entries * entry_bytes * std::max(1.0, is_small ? ratio : 1 / ratio);
    const auto most = static_cast<double>(bytes_max_);
    small_bytes_ =
        std::clamp(small_bytes_ + (is_small ? step : -step), small_share_min * most, small_share_max * most);
}

}  // namespace weir
