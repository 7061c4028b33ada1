// Flights (singleflight): one load per key in the process, however many requests wait for it.
//
// Shared by all workers; locked only for the few instructions of a table look-up. Each flight runs as a
// coroutine of its own, on the worker of the request that started it. So no caller's time-out or
// disconnection can end it. Whatever happens in it, complete() is called exactly once.
//
// Which requests may join. A request may be answered only from reads that no write acknowledged before the
// request's arrival could have preceded. Otherwise it would get what was read before that write. A flight
// takes requests until it sends its first read (begin_read). After that it still takes them while two things
// hold:
//
// * the node is trusted: an invalidation is acknowledged only after this node knows of it;
// * none of the flight's names was forgotten since it began to read: its note is current.
//
// Otherwise later requests share the *next* flight of the key, which begins to read when the one before is
// complete. It then usually finds in L2 what that one stored. So there is one load of a key at a time, and a
// request waits for at most two flights.
//
// A refresh is a flight that no request waits for: it renews what is served meanwhile. There is one of a key
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

    // Returns the note of its last begin_read(). For the coroutine that runs it.
    const coherence::note& noted() const { return noted_; }

    // Returns false if the caller's own deadline came first.
    awaitable<bool> wait_completed(deadline until) { return completed_.wait(until); }

    // Returns the outcome, which is valid once it is complete. (Two steps, so that waiting is one coroutine
    // and not two.)
    const result<answer>& outcome() const { return outcome_; }

 private:
    friend class flights;

    const std::string key_;
    const std::vector<std::string> tags_;
    bool is_refresh_ = false;  // constant from the start
    bool is_reading_ = false;  // guarded by the shard's mutex, as is:
    coherence::note noted_;
    event completed_;
    result<answer> outcome_ = errc::cancelled;  // written before completed_ is set, constant after
};

class flights {
 public:
    struct ticket {
        std::shared_ptr<flight> to_join;
        bool is_starter = false;  // the caller must run it: begin_read(), then complete()
        // With is_starter: wait until it is complete before begin_read(). May be null.
        std::shared_ptr<flight> predecessor;
    };

    explicit flights(const weir::coherence& coherence) : coherence_(coherence) {}

    // Joins the key's flight, or makes one. `tags` is called only when one is made.
    ticket join(const std::string& key, const std::function<std::vector<std::string>()>& tags);

    // Takes the note of what was forgotten so far. Call right before the first read is sent.
    void begin_read(flight& f);

    // Takes requests again: nothing that was read so far will be served. Call begin_read() before the next
    // read. Does nothing for a refresh.
    void reopen(flight& f);

    // Publishes the outcome to all requests that wait, and opens the key for the next flight.
    void complete(flight& f, result<answer> outcome);

    // Makes a refresh for the caller to run: begin_read(), complete(), then retire(). Returns null while one
    // of the key is not retired.
    std::shared_ptr<flight> begin_refresh(const std::string& key,
                                          const std::function<std::vector<std::string>()>& tags);
    void retire(const flight& refresh);

    // Returns the refresh that is under way, to wait for; may be null.
    std::shared_ptr<flight> refresh_of(const std::string& key);

    std::size_t size() const;  // keys with a flight and refreshes, for metrics and tests

 private:
    // Invariant: `current` is set while the slot exists; `next` waits for it and becomes current when that
    // is complete.
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
    bool takes_requests(const flight& f) const;
    flight& current_of(const flight& f, shard& s);

    const coherence& coherence_;
    std::array<shard, 64> shards_;
};

}  // namespace weir
