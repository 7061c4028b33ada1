// Remembers keys that have left the queues: how often they were requested, and which queue they left.
//
// A table with two slots of four bytes for each entry of the queues. A slot holds the last key of its hash
// that left. Its frequency counts as long as the slot is not overwritten. Its queue counts only until as many
// more keys have left as there are entries. So ghosts have an age without a queue of their own.
//
// The table grows with the entries, by a quarter, and never shrinks. Owned by an eviction and used under its
// shard's exclusive lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir {

enum class gone_from : std::uint8_t { nowhere, small, main, invalidated };

class ghosts {
 public:
    // The bytes that an entry takes in the table on average, just after the table has grown.
    static constexpr std::size_t bytes_per_entry = 10;

    struct memory {
        gone_from from = gone_from::nowhere;
        unsigned frequency = 0;
        bool is_recent = false;
    };

    void make_room_for(std::size_t entries);

    // Remembers a key that leaves, when the queues hold so many entries.
    void remember(std::uint64_t hash, gone_from from, unsigned frequency, std::size_t entries);

    std::optional<memory> recall(std::uint64_t hash) const;
    void forget(std::uint64_t hash) { slot_of(hash) = {}; }

 private:
    struct slot {
        std::uint32_t fingerprint : 16 = 0;
        std::uint32_t left_at : 10 = 0;
        std::uint32_t frequency : 4 = 0;
        std::uint32_t from : 2 = 0;
    };
    static_assert(sizeof(slot) == 4);

    slot& slot_of(std::uint64_t hash) { return slots_[number_of(hash)]; }
    std::size_t number_of(std::uint64_t hash) const { return (hash >> 32U) * slots_.size() >> 32U; }
    std::uint64_t now() const { return static_cast<std::uint64_t>(clock_); }

    std::vector<slot> slots_{slot{}};
    double clock_ = 0;  // advances by one generation while as many keys leave as there are entries
};

}  // namespace weir
