// L1: answers in this process's memory, shared by all workers, bounded by bytes.
//
// Sharded by the key's hash. A hit takes its shard's lock shared, for the few instructions of a look-up. It
// allocates nothing and writes one or two relaxed marks. Everything else takes the lock exclusively, and
// never for long: what is evicted, replaced or erased is freed after unlocking.
//
// coherence decides what may be served. An entry is a hit only while its generation and its tags' epochs are
// the ones of the moment when its flight began. (Keys are erased instead.) It is inserted only under a note
// that is still current. Callers check coherence::is_trusted() before find().
//
// Eviction (eviction.hpp) is designed so that a hit needs no list operation, hence no exclusive lock. It was
// measured on recorded traces (docs/performance.md). Its parts:
//
// * A small queue and ghosts, as in S3-FIFO (Yang et al., SOSP 2023). A scan of keys that are requested once
//   passes through the small queue.
// * Admission to the main queue, as in TinyLFU (Einziger et al., TOS 2017): a key that leaves the small queue
//   has to be requested more often than the one that it displaces.
// * The main queue is a SIEVE (Zhang et al., NSDI 2024).
// * Ghosts that come back move the border between the queues, as in ARC (Megiddo, Modha, FAST 2003).
//
// Absences (and empty lists) live in queues of their own with a small budget: a flood of random ids evicts
// older absences and never a value.
//
// An entry is one allocation, charged with everything that it takes: key, body and head, 80 bytes for the
// rest, 8 for each tag, and the allocator's overhead. Its slot in the index (12) and its share of the ghosts
// (10) count too. Index and ghosts grow by a quarter when they are full; an insert pays for that. They never
// shrink, since a tier that was cleared is soon as full again.
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
    // Makes an empty L1, which `coherence` must outlive.
    l1(l1_options options, const weir::coherence& coherence);
    ~l1();
    l1(const l1&) = delete;
    l1& operator=(const l1&) = delete;

    // Returns the entry, or null. After its soft expiry the entry is stale, and the caller decides whether to
    // serve it. Counts a hit or a miss; a hit also marks the entry.
    entry_ptr find(std::string_view key, unix_ms now);

    // Does the same without counting or marking, for callers that do not serve it (auditor, explain).
    entry_ptr peek(std::string_view key, unix_ms now) const;

    // Returns the keys of some entries that may be served, at most `most` (16), from a place that `random`
    // chooses. Looks at a bounded number of entries, so it may miss those of an L1 that is nearly empty.
    // Counts and marks nothing, and locks one shard at a time, shared.
    std::vector<std::string> sample(std::uint64_t random, std::size_t most, unix_ms now) const;

    // Makes the entry and keeps it until `expiry` or its own hard expiry, if `noted` is current and the node
    // is trusted at `at`. Returns null if it was refused or is too large.
    entry_ptr insert(std::string_view key, const entry_parts& content, std::string_view head,
                     const coherence::note& noted, unix_ms expiry, coherence::time_point at);

    // Does the same without checking trust, for entries that may be served while the bus does not vouch for
    // this node (degraded_ttl). They are never a hit again once trust comes back.
    entry_ptr insert_untrusted(std::string_view key, const entry_parts& content, std::string_view head,
                               const coherence::note& noted);

    // Charges the entry under `key` with `bytes` more, for a variant that was added to it. Returns false and
    // charges nothing if L1 no longer holds `content` there, or has no room for so much.
    bool grow(std::string_view key, const entry_ptr& content, std::size_t bytes);

    // Erases the entries of these keys. Call coherence::forget() with the same names first: otherwise an old
    // value could be inserted in between.
    void forget(std::span<const std::string> keys);

    // Removes all entries, in a few instructions for each shard. Freeing a million entries takes a second or
    // two, for which the bus's thread has no time. So the inserts that follow free them, eight each.
    void clear();

    l1_stats stats() const;

 private:
    class shard;

    shard& shard_of(std::uint64_t hash) const;
    entry_ptr insert(std::string_view key, const entry_parts& content, std::string_view head,
                     const coherence::note& noted, unix_ms expiry,
                     std::optional<coherence::time_point> trusted_at);

    std::size_t entry_bytes_max_ = 0;
    std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace weir
