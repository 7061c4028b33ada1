// Which reads wait, which are sent together, and which have waited long enough: what shared_reads.cpp
// decides, without doing any of it. Sans-I/O: reads and points in time go in, batches and completions come
// out.
//
// A batch is one round trip of one connection with one or several reads. Postgres then wakes up once, opens
// one transaction and sends once for all of them. That is half of what a primary-key look-up costs it.
//
// Sharing must not cost any read time, so these rules hold:
// - No read waits only so that another may join it. Reads of one turn of the event loop are sent together, as
//   many as take no longer than `batch_time`; the others take the next free connection. While every
//   connection is busy, reads queue. A connection that becomes free takes its share of the queue (`waiting /
//   connections`), so that the queue is spread over all connections.
// - The gather window: while a batch of a quick statement is under way, new reads of that statement wait for
//   it to return. They take no other connection until they fill a batch. Ten batches of one read each cost
//   Postgres, and every process on its cores, twice what one batch of ten does. The window closes `quick_max`
//   after the batch began, whether it has returned or not.
// - A batch has reads of one statement only, and several only while that statement is known to be quick. A
//   resource that is slow, locked or refused holds up only itself.
// - An error concerns one read. Postgres did not run the reads behind it in the batch; they return
//   to the head of the queue.
//
// Invariants:
// - Every read is completed exactly once: by its table, by its error, by its deadline or by fail_waiting().
// - There are at most `connections` batch workers, so at most that many batches.
#pragma once

#include "weir/base/error.hpp"
#include "weir/base/time.hpp"
#include "weir/postgres/connection.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::postgres {

class read_queue {
 public:
    using time_point = steady_clock::time_point;

    struct options {
        std::size_t connections = 1;
        std::size_t queue_max = 64;
        // Measured: 8 reads in a batch cost Postgres half as much each as 1, and 32 no less than 8.
        std::size_t batch_max = 16;
        microseconds batch_time{1'000};
        // A statement that took longer is sent alone, so that no other read has to wait behind it.
        microseconds quick_max{5'000};
    };

    class waiter {
     public:
        virtual ~waiter() = default;
        virtual void complete(result<table> outcome) = 0;  // must not call back into the queue
        virtual bool is_cancelled() const = 0;             // no coroutine waits for the outcome
    };

    struct read {
        step what;
        time_point connect_by;  // the read waits for a connection until then
        time_point until;       // and for its table until then
        std::shared_ptr<waiter> caller;
        bool may_repeat = true;  // after a connection turned out to be dead
    };

    struct batch {
        std::vector<step> steps;
        std::vector<read> reads;  // in the order of the steps, which have taken their values
        time_point began;

        // Returns the latest deadline of the reads.
        deadline latest() const;
    };

    explicit read_queue(options o) : options_(o) {}

    // Queues a read, or returns errc::overloaded. `free` is the number of connections that are not in use:
    // `queue_max` bounds the reads that wait for other reads to end, not those for which a connection is
    // free.
    result<void> add(read r, std::size_t free);

    // Returns true if one more batch worker must start. A worker acquires a connection and sends batches over
    // it until the queue is empty. Only one worker acquires at a time, because how much it takes is known
    // only when it has its connection. Returns false, too, while all that wait are in a gather window.
    bool begin_worker(time_point now);
    void end_worker();

    // Returns the end of the gather window in which the queue's head waits: call begin_worker() again then.
    // Returns nullopt if there is none.
    std::optional<time_point> gather_end(time_point now) const;

    // Notes that a batch worker has sent a batch and needs a connection for the next one. The second function
    // notes that it needs none any more.
    void begin_acquiring();
    void end_acquiring();
    std::size_t acquiring() const { return acquiring_; }

    // Returns the time until which the most patient read waits for a connection.
    time_point latest_connect_by() const;

    // Takes the next batch from the queue. Returns null if no read waits. A batch ends by complete() or
    // fail().
    batch* begin_batch(time_point now);

    // Ends a batch with its outcomes: one for each step, or those up to and including the first error.
    void complete(batch& b, outcomes got, time_point now);

    // Ends a batch that got no outcome. `may_repeat`: the connection turned out to be dead, so each read that
    // was not repeated yet returns to the queue.
    void fail(batch& b, errc why, bool may_repeat);

    // Completes every waiting read with `why`: there is no connection for them.
    void fail_waiting(errc why);

    // Completes with errc::timeout each read that has waited long enough.
    void expire(time_point now);
    std::optional<time_point> next_expiry() const;

    std::size_t waiting() const { return waiting_.size(); }
    bool is_idle() const { return waiting_.empty() && batches_.empty(); }

 private:
    struct cost {            // of one read, of late
        microseconds most;   // the highest
        microseconds least;  // the lowest: its share of a batch that nothing else held up
    };

    const cost* quick(const std::string& statement) const;
    std::size_t reads_in_time(const cost& known) const;
    std::optional<time_point> returns_by(const std::string& statement, time_point now) const;
    bool is_batch_due(time_point now) const;
    std::size_t batch_size(const std::string& statement) const;
    void remember_cost(const std::string& statement, microseconds each);
    void put_back(batch& b, std::size_t from);
    void end(batch& b);

    options options_;
    std::list<read> waiting_;  // the longest wait first
    std::list<batch> batches_;
    std::size_t workers_ = 0;
    std::size_t acquiring_ = 0;                    // workers without a connection
    std::unordered_map<std::string, cost> costs_;  // by the statement's name; unknown until measured
};

}  // namespace weir::postgres
