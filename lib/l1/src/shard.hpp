// One shard of L1: an index of nodes by key, and the queues that own them (values and absences apart).
//
// Any thread. One lock: shared for a look-up, exclusive for the rest. Nothing is freed under it, and only an
// index that grows allocates under it.
#pragma once

#include "weir/l1/l1.hpp"

#include "eviction.hpp"
#include "index.hpp"
#include "node.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class l1::shard {
 public:
    struct budget {
        std::size_t bytes = 0;     // all of it
        std::size_t absences = 0;  // of that, for absences
    };

    shard(budget may_use, const weir::coherence& coherence);

    entry_ptr find(std::uint64_t hash, std::string_view key, unix_ms now);
    entry_ptr peek(std::uint64_t hash, std::string_view key, unix_ms now) const;
    entry_ptr insert(std::uint64_t hash, node_ptr fresh, const coherence::note& noted,
                     std::optional<coherence::time_point> trusted_at);
    bool grow(std::uint64_t hash, std::string_view key, const entry_ptr& content, std::size_t bytes);
    void forget(std::uint64_t hash, std::string_view key);
    void clear();

    // Adds keys of valid entries to `keys` until it has `most`. Looks at `groups_max` groups of the index at
    // most, and returns at how many.
    std::size_t sample(std::uint64_t random, std::size_t groups_max, std::size_t most, unix_ms now,
                       std::vector<std::string>& keys) const;

    void add_to(l1_stats& total) const;
    void note_too_large() { refused_large_.fetch_add(1, std::memory_order_relaxed); }

 private:
    // Everything that clear() replaces at once.
    struct contents {
        explicit contents(budget of);

        eviction& queues_of(const l1_node& node) { return node.is_absence() ? absences : values; }

        l1_index index;
        eviction values;
        eviction absences;
    };
    using counter = std::atomic<std::uint64_t>;

    bool may_insert(const l1_node& fresh, const coherence::note& noted,
                    std::optional<coherence::time_point> trusted_at);
    void make_room(eviction& queues, std::size_t bytes, freed_nodes& freed);
    node_queue replace(std::uint64_t hash, l1_node& fresh, freed_nodes& freed);

    const budget budget_;
    const coherence& coherence_;
    mutable std::shared_mutex mutex_;
    std::unique_ptr<contents> held_;  // the pointer and what it points to are guarded by mutex_
    freed_nodes cleared_;             // guarded by mutex_; each insert frees some
    counter hits_{0};
    counter misses_{0};
    counter inserts_{0};
    counter evictions_{0};
    counter refused_late_{0};
    counter refused_untrusted_{0};
    counter refused_large_{0};
};

}  // namespace weir
