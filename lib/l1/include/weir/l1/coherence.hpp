// What keeps this process's copies of answers honest: who may put a value into L1, or serve one from it.
//
// One per process, shared by all threads, free of locks. forget() may come from any thread; trust_until(),
// trust_always() and distrust() come from one executor only (the bus's). Three things are kept:
//
// * Epochs: two arrays of counters, for keys and for tags, indexed by hash. To forget a name is to raise its
//   counter. Names that share a counter cost each other a load now and then, and are never stale. Keys and
//   tags have arrays of their own because a tag's counter is looked at on every hit, and keys are forgotten
//   often.
// * The generation: even while trusted, odd while not. Every loss of trust and every return raises it.
// * The point in time until which the bus vouches for this node (the L1 lease).
//
// A note is what a reader remembers of them before it reads. Whoever invalidates acts in this order:
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
//   note while not trusted, reads v1 …         not heard: the node  insert refused: trust came back under
//   … trust comes back, insert                 was off the bus      another generation
//   note while trusted, the bus is lost, a     not heard            insert refused: distrust() raised the
//   write passes unheard, trust comes back                          generation; what L1 holds is of an old
//                                                                   generation and never a hit again
//   trust ran out by time alone and is         heard late, but      the note is not current; until the bus
//   has extended later                             before extending     caught up, is_trusted() is false
//   (process stopped, suspended, starved)      not waited for       is_trusted() is false from then on: the
//                                                                   writer waited until this lease had run
//                                                                   out
//
// Memory ordering. forget() raises counters with sequential consistency, so the raise is visible before
// anything that follows it: the erase (same mutex as the insert) and the acknowledgement (a system call and a
// network between it and the GET that it must precede). take() acquires: reads of the note come before the
// reads of L2, and if it saw a raised counter it also sees what was done before raising it.
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

    // A counter's place and what it stood at: 16 and 48 bits. At a million invalidations a second of one
    // counter it takes nine years to come round.
    using stamp = std::uint64_t;

    // A value; allocates only beyond seven tags. Default-made, it is never current.
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

    // Call before the first read whose result may be kept.
    note take(std::string_view key, std::span<const std::string> tags) const;

    // Whether nothing that the note stands for was forgotten since, and trust was neither lost nor regained.
    // A note taken without trust is current until that comes back, which is enough to share a flight of no
    // one's; L1 asks for trust besides.
    bool is_current(const note& noted) const;

    // Whether no such tag was forgotten since. What L1 asks on each hit.
    bool are_current(std::span<const stamp> tags) const;

    // From here on no older note of these names is current. Then erase the keys from L1.
    void forget(std::span<const std::string> keys, std::span<const std::string> tags);

    // The bus vouches that whatever is announced before `until` is waited for until this node has forgotten
    // it. Begins or extends trust.
    void trust_until(time_point until);
    void trust_always();  // a single node without Redis: nobody else writes through a tier of ours

    // Something may have been missed. No note taken so far is current any more, no entry of L1 a hit.
    void distrust();

    // Whether L1 may be served from and filled. `now` is read after the request came.
    bool is_trusted(time_point now) const {
        return now.time_since_epoch().count() < trusted_until_.load(std::memory_order_acquire);
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
};

}  // namespace weir
