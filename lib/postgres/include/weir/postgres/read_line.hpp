// Who waits in line to read, who travels together, and who has waited long enough: what shared_reads.cpp
// decides, without doing any of it. Sans-I/O: reads and points in time go in, trips and completions come out.
//
// A trip is one round trip of one connection with one or several reads. Postgres then wakes up once, opens
// one transaction and sends once for all of them, which is half of what a primary-key look-up costs it. So
// that sharing costs nobody anything:
// - Nobody waits for somebody to come. What is asked for in one turn of the event loop goes together, as much
//   as takes no longer than `trip_time`; the rest takes the next free connection. While every connection is
//   busy a line forms; one that becomes free takes its share of it (`waiting / connections`), so that it is
//   spread over all of them.
// - While a trip with reads of a quick statement is under way, those that come wait for it to be back instead
//   of taking another connection for themselves, until they are as many as one trip takes. Ten trips with one
//   read each cost Postgres, and whoever shares its cores, twice what one with ten does. A trip that is not
//   back after `quick_max` is waited for no longer.
// - Only reads of one statement travel together, and only while that statement is known to be quick: a
//   resource that is slow, locked or refused holds up itself.
// - A refusal concerns one read. Those behind it in the trip were not run; they go back to the head of the
//   line.
//
// Invariants:
// - Every read is completed exactly once: by its table, by its refusal, by its deadline or by refuse().
// - At most `connections` runners, so at most so many trips.
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

class read_line {
 public:
    using time_point = steady_clock::time_point;

    struct limits {
        std::size_t connections = 1;
        std::size_t queue_max = 64;
        // Measured: 8 reads in a trip cost Postgres half as much each as 1, and 32 no less than 8.
        std::size_t trip_max = 16;
        microseconds trip_time{1'000};
        // A statement that took longer travels alone: behind it nobody should have to wait.
        microseconds quick_max{5'000};
    };

    class waiter {
     public:
        virtual ~waiter() = default;
        virtual void complete(result<table> outcome) = 0;  // must not call back into the line
        virtual bool has_gone() const = 0;                 // cancelled: nobody is there to be told
    };

    struct read {
        step what;
        time_point seated_by;  // waits for a connection until then
        time_point until;      // and for its table until then
        std::shared_ptr<waiter> who;
        bool may_repeat = true;  // after the death of a connection
    };

    struct trip {
        std::vector<step> steps;
        std::vector<read> readers;  // in the order of the steps, which have taken their values
        time_point began;
        deadline latest() const;
    };

    explicit read_line(limits bounds) : limits_(bounds) {}

    // `free` connections are nobody's yet, and the queue's bound is for those who wait for others to be done.
    result<void> add(read r, std::size_t free);

    // True: one more runner is due, who asks for a connection and travels, again and again until the line is
    // empty. One at a time asks: how much it takes along is known only then. False, too, while all that wait
    // do so for a trip that will soon be back.
    bool begin_runner(time_point now);
    // Until when they do, at most; ask begin_runner() again then. Nothing when none is waited for.
    std::optional<time_point> company_end(time_point now) const;
    void ask_again() { ++asking_; }
    void stop_asking() { --asking_; }
    void end_runner() { --runners_; }
    std::size_t asking() const { return asking_; }

    // Until when the last one in line waits for a connection.
    time_point patience_end() const;

    // The next share of the line; null when there is none. It ends by arrived() or failed().
    trip* board(time_point now);

    // As many outcomes as there are: one for each step, or up to the first that was refused.
    void arrived(trip& t, outcomes got, time_point now);

    // `may_repeat`: the connection turned out to be dead, so the reads that had no second try yet get it.
    void failed(trip& t, errc why, bool may_repeat);

    // There is no connection to be had.
    void refuse(errc why);

    // Completes with errc::timeout whoever has waited long enough.
    void expire(time_point now);
    std::optional<time_point> next_expiry() const;

    std::size_t waiting() const { return waiting_.size(); }
    bool is_idle() const { return waiting_.empty() && trips_.empty(); }

 private:
    struct cost {            // of one read
        microseconds most;   // of late
        microseconds least;  // of late: what is left of it in company, and when nothing else holds it up
    };

    const cost* quick(const std::string& statement) const;
    std::size_t in_time(const cost& known) const;
    std::optional<time_point> is_back_by(const std::string& statement, time_point now) const;
    bool is_anybody_due(time_point now) const;
    std::size_t share_of(const std::string& statement) const;
    void remember_cost(const std::string& statement, microseconds each);
    void put_back(trip& t, std::size_t from);
    void end(trip& t);

    limits limits_;
    std::list<read> waiting_;  // the longest wait first
    std::list<trip> trips_;
    std::size_t runners_ = 0;
    std::size_t asking_ = 0;                       // of the runners: those without a connection
    std::unordered_map<std::string, cost> costs_;  // by the statement's name; unknown until measured
};

}  // namespace weir::postgres
