// Keeps this process's copies of answers coherent with the database: decides when a value may enter L1, and
// when one may be served from it.
//
// One per process, shared by all threads, without locks. forget() may be called from any thread;
// trust_until(), trust_always(), distrust() and register_until() from one executor only (the bus's). It holds
// four things:
//
// * Epochs: two arrays of counters, for keys and for tags, indexed by hash. Forgetting a name raises its
//   counter. Names that share a counter cost each other an extra load now and then, and are never stale. Keys
//   and tags have separate arrays because every hit reads its tags' counters, and keys are forgotten often.
// * The generation: even while this node is trusted, odd while it is not. Every loss of trust and every
//   return of it raises the generation.
// * The point in time until which the bus vouches for this node (the L1 lease).
// * The point in time until which the outbox's registration vouches for this node's consumer. Without one it
//   always does.
//
// A note is a copy of these that a reader takes before it reads. An invalidation acts in this order:
//
//     L2 (values, leases, tag versions) → bus → coherence.forget → l1.forget → acknowledgement
//
// and a reader in this one:
//
//     take(note) → read L2 → lease, load, fill → under L1's shard lock: is_current(note)? insert
//
// The interleavings, with v1 the value before the write and v2 the one after it:
//
//   reader                                     forget()             outcome
//   note, read v1 from L2 (not yet deleted)    then forget, erase   insert refused: the epoch has changed
//   note, read v1, insert                      then forget, erase   erased (its tag: no hit, the stamp
//   differs);
//                                                                   served meanwhile, before the
//                                                                   acknowledgement
//   checks the note, has not inserted yet      forget in between    the check and the insert are one critical
//                                                                   section of the shard, and so is the
//                                                                   erase: it comes before (check fails) or
//                                                                   after (erased)
//   note after forget, then reads L2           earlier              L2 was changed before the bus spoke: v2
//   note while not trusted, reads v1 …         missed: the node     insert refused: trust came back under
//   … trust comes back, insert                 was off the bus      another generation
//   note while trusted, the bus is lost, a     missed               insert refused: distrust() raised the
//   write is missed, trust comes back                               generation; what L1 holds is of an old
//                                                                   generation and never a hit again
//   trust ran out by time alone and is         late, but before     the note is not current; until the bus
//   extended later                             the extension        caught up, is_trusted() is false
//   (process stopped, suspended, starved)      not waited for       is_trusted() is false from then on: the
//                                                                   writer waited until this lease had run
//                                                                   out
//
// Memory ordering. The counters are raised with sequential consistency, so the raise is visible before
// everything that follows it. The erase follows it under the mutex of the insert. The acknowledgement follows
// it over a system call and a network, before the GET that it must precede. A note is taken with acquire
// loads, so it is read before L2 is. If it saw a raised counter, it also sees what was done before the raise.
#pragma once

#include "weir/base/time.hpp"

#include <boost/container/small_vector.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace weir {

class coherence {
 public:
    using time_point = steady_clock::time_point;

    // A counter's index (16 bits) and its value (48 bits). At a million invalidations of one counter a second
    // the value takes nine years to wrap.
    using stamp = std::uint64_t;

    // A copyable value. Allocates only for more than seven tags. A default-constructed note is never current.
    class note {
     public:
        std::span<const stamp> tags() const { return {tags_.data(), tags_.size()}; }
        std::uint32_t generation() const { return generation_; }

     private:
        friend class coherence;
        std::uint32_t generation_ = never;
        stamp key_ = 0;
        boost::container::small_vector<stamp, 7> tags_;
    };

    coherence();

    // Takes a note. Call it before the first read whose result may be kept.
    note take(std::string_view key, std::span<const std::string> tags) const;

    // Returns whether none of the note's names was forgotten since, and trust was neither lost nor regained.
    // A note taken without trust stays current until trust comes back. That is enough to share a flight; L1
    // checks is_trusted() as well.
    bool is_current(const note& noted) const;

    // Returns whether none of these tags was forgotten since. L1 checks this on each hit.
    bool are_current(std::span<const stamp> tags) const;

    // Makes every earlier note of these names stale. Erase the keys from L1 afterwards.
    void forget(std::span<const std::string> keys, std::span<const std::string> tags);

    // Begins or extends trust. The bus vouches that a write announced before `until` waits until this node
    // has forgotten its keys and tags.
    void trust_until(time_point until);
    void trust_always();  // a single node without Redis: no other node writes through its tiers

    // Ends trust, since an announcement may have been missed. No earlier note is current any more, and no
    // entry of L1 is a hit.
    void distrust();

    // Sets how long this node may act on the registration of its consumer. Until then every write that is
    // acknowledged elsewhere waits for what this consumer must forget.
    void register_until(time_point until);

    // Returns whether the registration stands. Without it nothing that was stored may be served, in L2 as in
    // L1. Read `now` after the request has arrived.
    bool is_registered(time_point now) const {
        return now.time_since_epoch().count() < registered_until_.load(std::memory_order_acquire);
    }

    // Returns whether L1 may be served from and filled. Read `now` after the request has arrived.
    bool is_trusted(time_point now) const {
        return now.time_since_epoch().count() < trusted_until_.load(std::memory_order_acquire) &&
               is_registered(now);
    }

    std::uint32_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
    static constexpr std::size_t counters = 65'536;
    static constexpr std::uint32_t never = UINT32_MAX;  // odd, and reached after two thousand million losses
    using epochs = std::unique_ptr<std::atomic<std::uint64_t>[]>;

    static stamp stamp_of(const epochs& of, std::string_view name);
    static bool is_current(const epochs& of, stamp seen);
    static void raise(const epochs& of, std::span<const std::string> names);
    void extend(time_point::rep until);

    const epochs keys_;
    const epochs tags_;
    std::atomic<std::uint32_t> generation_{1};  // no trust yet
    std::atomic<time_point::rep> trusted_until_{time_point::min().time_since_epoch().count()};
    std::atomic<time_point::rep> registered_until_{time_point::max().time_since_epoch().count()};
};

}  // namespace weir
