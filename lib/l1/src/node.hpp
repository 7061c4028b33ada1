// One entry of L1 with L1's own fields, in one allocation: the entry, the fields of l1_node, the tags'
// stamps, the key, and then the entry's texts. Constant after it was made, except for its marks, its links
// and its charged bytes.
//
// A look-up reads from the entry's reference count to the key, which is two cache lines.
//
// Reference-counted: held by the queue that it is in (see eviction.hpp), by a node_ptr before and after that,
// and by every answer that is being sent from it.
#pragma once

#include "weir/l1/coherence.hpp"
#include "weir/l1/entry.hpp"

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace weir {

// normal_link: the queues know whether a node is linked, and a check in the hook would cost a branch.
using node_links =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;

enum class node_queue : std::uint8_t { none, small, main };

class l1_node : public entry {
 public:
    struct deleter {
        void operator()(l1_node* node) const { intrusive_ptr_release(node); }
    };
    using pointer = std::unique_ptr<l1_node, deleter>;

    static pointer make(std::string_view key, const entry_parts& content, std::string_view head,
                        const coherence::note& noted, unix_ms expiry);

    // Returns the bytes that a node will be charged, the allocator's overhead included. Returns SIZE_MAX if
    // it cannot be made because its key is too long.
    static std::size_t bytes_of(std::string_view key, const entry_parts& content, std::string_view head,
                                const coherence::note& noted);

    // Computes the hash from the key. It is needed too seldom to be stored.
    std::uint64_t hash() const;
    std::string_view key() const {
        const auto* const at = reinterpret_cast<const char*>(stamps() + tags_);
        return {at, reinterpret_cast<const char*>(this) + texts_at()};
    }
    std::size_t bytes() const { return bytes_; }
    void grow(std::size_t bytes) { bytes_ += static_cast<std::uint32_t>(bytes); }  // while in no queue
    bool is_absence() const { return is_absence_; }

    // Returns whether it has not expired and none of its tags was forgotten. (A node whose key was forgotten
    // is no longer in the index.)
    bool is_valid(unix_ms now, const weir::coherence& coherence) const {
        return now < expiry() && generation_ == coherence.generation() && coherence.are_current(tags());
    }

    // Records a hit. A lost increment does no harm, so a plain load and store will do. Once both counters are
    // full it writes nothing, so that the hottest entries' cache lines stay shared.
    void mark() {
        const std::uint8_t now = marks_.load(std::memory_order_relaxed);
        if (now < marks_max) marks_.store(now + 1, std::memory_order_relaxed);
        const std::uint8_t asked = frequency_.load(std::memory_order_relaxed);
        if (asked < frequency_max) frequency_.store(asked + 1, std::memory_order_relaxed);
    }

    // Returns the hits since the queues last looked at it.
    std::uint8_t marks() const { return marks_.load(std::memory_order_relaxed); }
    void set_marks(std::uint8_t marks) { marks_.store(marks, std::memory_order_relaxed); }

    // Returns how often it was requested: the load, its hits, and what a ghost remembered of its last stay.
    // The number is halved for each step of `age` since. It never falls below the 1 of a key that was
    // requested once: otherwise a long scan would displace the entries that it is compared with.
    std::uint8_t frequency(std::uint8_t age) {
        const unsigned steps = static_cast<std::uint8_t>(age - age_);
        const unsigned before = frequency_.load(std::memory_order_relaxed);
        if (steps > 0) begin(age, std::max(before >> std::min(steps, 7U), 1U));
        return frequency_.load(std::memory_order_relaxed);
    }
    void begin(std::uint8_t age, unsigned frequency) {
        age_ = age;
        frequency_.store(static_cast<std::uint8_t>(std::min<unsigned>(frequency, frequency_max)),
                         std::memory_order_relaxed);
    }
    void inherit(l1_node& old) {
        set_marks(old.marks());
        begin(old.age_, old.frequency_.load(std::memory_order_relaxed));
    }

 private:
    static constexpr std::uint8_t marks_max = 2;
    static constexpr unsigned frequency_max = 15;
    static constexpr std::uint64_t expiry_mask = (std::uint64_t{1} << 48) - 1;
    struct layout;

    l1_node(const layout& of, const entry_parts& content, const coherence::note& noted, unix_ms expiry);

    unix_ms expiry() const { return unix_ms{milliseconds{static_cast<milliseconds::rep>(expiry_)}}; }
    std::span<const coherence::stamp> tags() const { return {stamps(), tags_}; }
    const coherence::stamp* stamps() const { return reinterpret_cast<const coherence::stamp*>(this + 1); }

    // Next to the reference count, which a hit writes as well. (This order leaves no padding.)
    std::atomic<std::uint8_t> marks_{0};
    std::atomic<std::uint8_t> frequency_{1};
    std::uint8_t age_ = 0;

 public:
    // Guarded by the shard's exclusive lock.
    node_queue queue = node_queue::none;
    node_links links;

 private:
    std::uint64_t expiry_ : 48;
    std::uint64_t tags_ : 8;
    std::uint64_t is_absence_ : 8;
    std::uint32_t generation_;
    std::uint32_t bytes_;
};

using node_ptr = l1_node::pointer;
using node_list =
    boost::intrusive::list<l1_node, boost::intrusive::member_hook<l1_node, node_links, &l1_node::links>,
                           boost::intrusive::constant_time_size<false>>;
static_assert(sizeof(l1_node) == 80, "a million of them: see docs/performance.md");

// Nodes that have left their queues: collected under a lock, freed after it.
class freed_nodes {
 public:
    freed_nodes() = default;
    ~freed_nodes() { nodes_.clear_and_dispose(l1_node::deleter{}); }
    freed_nodes(const freed_nodes&) = delete;
    freed_nodes& operator=(const freed_nodes&) = delete;

    void add(node_ptr node) { nodes_.push_back(*node.release()); }
    void add_all(node_list& from) { nodes_.splice(nodes_.end(), from); }
    void add_some(freed_nodes& from, std::size_t most) {
        for (; most > 0 && !from.nodes_.empty(); --most) {
            nodes_.splice(nodes_.end(), from.nodes_, from.nodes_.begin());
        }
    }

 private:
    node_list nodes_;
};

}  // namespace weir
