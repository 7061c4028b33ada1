// What is remembered of keys that are gone: how often they were asked for, and out of which queue they went.
//
// A table with so many places for each entry that its queues hold, four bytes each. A place holds the last
// key of its hash that left. How often it was asked for counts as long as it is there; that it left, while no
// more keys have left since than there are entries: so ghosts have an age without a queue of their own.
//
// The table grows with the entries, by a quarter, and never shrinks. Owned by a set that evicts, and used
// under its shard's exclusive lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir {

enum class gone_from : std::uint8_t { nowhere, small, main, invalidated };

class ghosts {
 public:
    // What an entry takes in it on average, when it has just grown.
    static constexpr std::size_t bytes_per_entry = 10;

    struct memory {
        gone_from from = gone_from::nowhere;
        unsigned frequency = 0;
        bool is_recent = false;
    };

    void make_room_for(std::size_t entries);

    // One leaves, of so many.
    void remember(std::uint64_t hash, gone_from from, unsigned frequency, std::size_t entries);

    std::optional<memory> recall(std::uint64_t hash) const;
    void forget(std::uint64_t hash) { place_of(hash) = {}; }

 private:
    struct place {
        std::uint32_t fingerprint : 16 = 0;
        std::uint32_t left_at : 10 = 0;
        std::uint32_t frequency : 4 = 0;
        std::uint32_t from : 2 = 0;
    };
    static_assert(sizeof(place) == 4);

    place& place_of(std::uint64_t hash) { return places_[number_of(hash)]; }
    std::size_t number_of(std::uint64_t hash) const { return (hash >> 32U) * places_.size() >> 32U; }
    std::uint64_t now() const { return static_cast<std::uint64_t>(clock_); }

    std::vector<place> places_{place{}};
    double clock_ = 0;  // goes on by one generation while as many leave as there are entries
};

}  // namespace weir
