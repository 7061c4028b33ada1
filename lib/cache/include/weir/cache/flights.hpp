// Flights: one load per key in the process, however many requests wait for it.
//
// Shared by all workers; locked only for the few instructions of a table look-up. A flight is flown by a
// coroutine of its own, on the worker of the request that started it: no caller's time-out or disconnection
// can end it, and whatever happens in it, land() is called exactly once.
//
// Who may join whom. A request may be answered only from reads sent after it arrived, else a GET that begins
// after an acknowledged write could get what was read before it (PITFALL: joining a flight that began before
// the write). So a flight takes passengers until it sends its first read (depart). Later requests share the
// *next* flight of the key, which departs when the one before has landed; it then usually finds in L2 what
// that one stored. So there is one load of a key at a time, and a request waits for at most two flights.
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/answer.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace weir {

class flight {
 public:
    explicit flight(std::string key) : key_(std::move(key)) {}

    const std::string& key() const { return key_; }

    // Waits for the landing. errc::timeout when the caller's own deadline came first.
    awaitable<result<answer>> wait(deadline until);

    // The same for whoever needs to know that it is over, not how it ended. False: the deadline came first.
    awaitable<bool> wait_landed(deadline until) { return landed_.wait(until); }

 private:
    friend class flights;

    const std::string key_;
    bool has_departed_ = false;  // guarded by the shard's mutex
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

    ticket board(const std::string& key);

    // From here on nobody else boards. Call right before the first read is sent.
    void depart(const flight& f);

    // Takes passengers again: nothing that was read so far will be served. depart() before the next read.
    void reopen(const flight& f);

    // Publishes the outcome to all passengers and opens the key for the next flight.
    void land(flight& f, result<answer> outcome);

    std::size_t size() const;  // keys with a flight, for metrics and tests

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
    };

    shard& shard_of(const std::string& key);
    void set_departed(const flight& f, bool has_departed);

    std::array<shard, 64> shards_;
};

}  // namespace weir
