// L1: answers in this process's memory, shared by all workers, bounded by bytes.
//
// Sharded by the key's hash. A hit takes its shard's lock shared, for the few instructions of a look-up,
// allocates nothing and writes one or two relaxed marks; everything else takes it exclusively, and never for
// long: what is evicted, replaced or erased is freed after unlocking.
//
// Who may be served is coherence's business: an entry is a hit only while its generation and its tags' epochs
// stand as they stood when its flight began (keys are erased instead), and is inserted only under a note that
// is still current. Callers ask coherence::is_trusted() before find().
//
// Eviction (eviction.hpp) is put together so that a hit needs no list operation, hence no exclusive lock, and
// measured on recorded traces (docs/performance.md): a small queue and ghosts as in S3-FIFO (Yang et al.,
// SOSP 2023), which a scan of keys asked for once passes through; who leaves it has to be asked for more
// often than whom it displaces, as in TinyLFU (Einziger et al., TOS 2017); the main queue is a SIEVE (Zhang
// et al., NSDI 2024); ghosts that come back move the border, as in ARC (Megiddo, Modha, FAST 2003).
//
// Absences (and empty lists) live in queues of their own with a small budget: a flood of random ids evicts
// older absences and never a value.
//
// An entry is one allocation, charged with all that it takes: key, body, head, 80 bytes for the rest and 8
// for each tag, what the allocator adds to that, its place in the index (12) and its share of the ghosts
// (10). Index and ghosts grow by a quarter when they are full, which an insert pays for, and never shrink,
// since a tier that was cleared is soon as full again.
#pragma once

#include "weir/l1/coherence.hpp"
#include "weir/l1/entry.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct l1_options {
    std::size_t bytes_max = 256U << 20U;      // everything, absences included
    std::size_t entry_bytes_max = 1U << 20U;  // larger entries are not kept; at most a quarter of a shard
    std::size_t absence_bytes_max = 0;        // zero: a sixteenth of bytes_max
};

// Since the start, except for the first two.
struct l1_stats {
    std::size_t entries = 0;
    std::size_t bytes = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t inserts = 0;
    std::uint64_t evictions = 0;
    std::uint64_t refused_late = 0;       // an invalidation came between the note and the insert
    std::uint64_t refused_untrusted = 0;  // the node is not on the bus
    std::uint64_t refused_large = 0;
};

class l1 {
 public:
    // `honest` outlives it.
    l1(l1_options options, const coherence& honest);
    ~l1();
    l1(const l1&) = delete;
    l1& operator=(const l1&) = delete;

    // The entry, or null. Past its soft expiry it is stale, and who asked judges whether it may be served.
    // Counts as a hit or a miss, and a hit marks.
    entry_ptr find(std::string_view key, unix_ms now);

    // The same without counting or marking: for those who look and do not serve (auditor, explain).
    entry_ptr peek(std::string_view key, unix_ms now) const;

    // Makes the entry and keeps it until `expiry` or its own hard expiry, if `noted` is current and the node
    // is trusted at `at`. Null: it was refused, or is too large.
    entry_ptr insert(std::string_view key, const entry_parts& content, std::string_view head,
                     const coherence::note& noted, unix_ms expiry, coherence::time_point at);

    // The same without asking for trust, for what may be served though nobody vouches for it. It is gone when
    // trust comes back.
    entry_ptr insert_untrusted(std::string_view key, const entry_parts& content, std::string_view head,
                               const coherence::note& noted);

    // Charges the entry under `key` with `bytes` more: what was added to it after it came. False, and nothing
    // is charged: L1 does not hold `content` there any more, or cannot hold so much.
    bool grow(std::string_view key, const entry_ptr& content, std::size_t bytes);

    // Erases. Only after coherence::forget() of the same names, else an insert may come in between.
    void forget(std::span<const std::string> keys);

    // Empties it. A few instructions for each shard: freeing a million entries takes a second or two, which
    // the bus's thread cannot spare, so they are freed by the inserts that follow, eight by each.
    void clear();

    l1_stats stats() const;

 private:
    class shard;

    shard& shard_of(std::uint64_t hash) const;
    entry_ptr insert(std::string_view key, const entry_parts& content, std::string_view head,
                     const coherence::note& noted, unix_ms expiry,
                     std::optional<coherence::time_point> trusted_at);

    const coherence& coherence_;
    std::size_t entry_bytes_max_ = 0;
    std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace weir
