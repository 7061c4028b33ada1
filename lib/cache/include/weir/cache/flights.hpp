// Flights: one load per key in the process, however many requests wait for it.
//
// Shared by all workers; locked only for the few instructions of a table look-up. A flight is flown by a
// coroutine of its own, on the worker of the request that started it: no caller's time-out or disconnection
// can end it, and whatever happens in it, land() is called exactly once.
//
// Who may join whom. A request may be answered only from reads that a write acknowledged before it arrived
// could not have preceded, else it would get what was read before that write. A flight takes passengers
// until it sends its first read (depart). After that it still takes them while two things hold: the node is
// trusted (an invalidation is acknowledged only after this node has heard of it), and none of the flight's
// names was forgotten since it departed (its note is current). Otherwise later requests share the *next*
// flight of the key, which departs when the one before has landed; it then usually finds in L2 what that one
// stored. So there is one load of a key at a time, and a request waits for at most two flights.
//
// A refresh is a flight that takes no passengers: it renews what is served meanwhile. There is one of a key
// at a time, beside the other flights.
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/answer.hpp"
#include "weir/l1/coherence.hpp"

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir {

class flight {
 public:
    flight(std::string key, std::vector<std::string> tags) : key_(std::move(key)), tags_(std::move(tags)) {}

    const std::string& key() const { return key_; }
    const std::vector<std::string>& tags() const { return tags_; }

    // As of its last departure. For its pilot.
    const coherence::note& noted() const { return noted_; }

    // False: the caller's own deadline came first.
    awaitable<bool> wait_landed(deadline until) { return landed_.wait(until); }

    // Once it has landed. (Two steps, so that waiting is one coroutine and not two.)
    const result<answer>& outcome() const { return outcome_; }

 private:
    friend class flights;

    const std::string key_;
    const std::vector<std::string> tags_;
    bool is_refresh_ = false;    // constant from the start
    bool has_departed_ = false;  // guarded by the shard's mutex, as is:
    coherence::note noted_;
    event landed_;
    result<answer> outcome_ = errc::cancelled;  // written before landed_ is set, constant after
};

class flights {
 public:
    struct ticket {
        std::shared_ptr<flight> to_join;
        bool is_pilot = false;  // the caller must see that it is flown: depart(), then land()
        std::shared_ptr<flight>
            predecessor;  // with is_pilot: wait for its landing before departing; may be null
    };

    explicit flights(const coherence& heard) : coherence_(heard) {}

    // `tags` is called when a new flight is made: for a passenger they need not be known.
    ticket board(const std::string& key, const std::function<std::vector<std::string>()>& tags);

    // Notes what has been heard so far. Call right before the first read is sent.
    void depart(flight& f);

    // Takes passengers again: nothing that was read so far will be served. depart() before the next read.
    void reopen(flight& f);

    // Publishes the outcome to all passengers and opens the key for the next flight.
    void land(flight& f, result<answer> outcome);

    // A refresh to be flown by the caller: depart(), land(), then retire(). Null while one of the key is not
    // retired.
    std::shared_ptr<flight> begin_refresh(const std::string& key,
                                          const std::function<std::vector<std::string>()>& tags);
    void retire(const flight& refresh);

    // To wait for its landing; may be null.
    std::shared_ptr<flight> refresh_of(const std::string& key);

    std::size_t size() const;  // keys with a flight and refreshes, for metrics and tests

 private:
    // Invariant: `current` is set while the slot exists; `next` waits for it and becomes current when it
    // lands.
    struct slot {
        std::shared_ptr<flight> current;
        std::shared_ptr<flight> next;
    };
    struct shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, slot> slots;
        std::unordered_map<std::string, std::shared_ptr<flight>> refreshes;
    };

    shard& shard_of(const std::string& key);
    bool takes_passengers(const flight& f) const;
    flight& current_of(const flight& f, shard& s);

    const coherence& coherence_;
    std::array<shard, 64> shards_;
};

}  // namespace weir
