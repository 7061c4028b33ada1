// What the pool decides, without doing any of it: which request gets which connection, when to open one, when
// the server counts as away. It hears of events from pool_core, which also carries out its actions. Pure: no
// clock, no I/O.
//
// A slot is room for one connection. Invariants:
// - At most `size` slots are not empty, plus one extra slot (index `size`) that only ever proves that the
//   server is there.
// - No request waits while a slot is idle and the server is up.
// - A slot whose query missed its deadline stays taken (draining) until the server is done with it. So the
//   server never has more than `size` of our queries, whatever we have given up on.
//
// The breaker has these states:
// - up: requests are granted or queued.
// - unproven: requests queue until one probe, a new connection, has succeeded or failed. So it is at the
//   start, and after a missed deadline if the server has answered no request since the late one was granted.
// - down: the probe failed. Requests are refused at once, and a probe is made now and then, with backoff,
//   until one succeeds.
#pragma once

#include "weir/async/backoff.hpp"
#include "weir/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace weir::postgres {

class pool_rules {
 public:
    enum class health { unproven, up, down, stopped };
    enum class phase { empty, opening, idle, in_use, draining };
    using waiter_id = std::uint64_t;

    struct options {
        std::size_t size = 1;
        std::size_t queue_max = 0;
    };

    struct action {
        enum class kind {
            open,         // connect `slot`, then call opened() or open_failed()
            close,        // close `slot`, whatever it is doing
            grant,        // `waiter` gets `slot`
            refuse,       // `waiter` gets `why`
            retry_later,  // call retry_due() after `after`
        };
        kind what;
        std::size_t slot = 0;
        waiter_id waiter = 0;
        errc why = errc::unavailable;
        milliseconds after{};
    };

    struct verdict {
        enum class kind { granted, queued, refused };
        kind what;
        std::size_t slot = 0;
        errc why = errc::unavailable;
    };

    explicit pool_rules(options o);

    void start();  // proves the server before the first request comes
    void stop();

    verdict acquire(waiter_id id);
    void abandon(waiter_id id);  // it no longer waits

    void opened(std::size_t slot);
    void open_failed(std::size_t slot, double random01);  // in [0, 1), for the backoff
    void retry_due();

    void released(std::size_t slot);   // reusable, and the server has answered
    void discarded(std::size_t slot);  // we closed it: not fit for the next request
    void broken(std::size_t slot);     // the server closed it, in use or idle
    // Takes note that the slot's request gave up while the server may be at work. `is_lonely`: it missed its
    // deadline, and the server has answered no request since it was granted.
    void draining(std::size_t slot, bool is_lonely);
    void drained(std::size_t slot);

    std::optional<action> next_action();  // call until there is none

    health state() const { return health_; }
    phase at(std::size_t slot) const { return slots_[slot]; }
    std::size_t waiting() const { return queue_.size(); }
    std::size_t count(phase p) const;
    // Returns the number of slots without a query. Requests that wait for a connect or a proof will get one
    // of them.
    std::size_t takeable() const { return options_.size - count(phase::in_use) - count(phase::draining); }

 private:
    void become_up();
    void become_down(double random01);
    void become_unproven();
    void probe();
    void open(std::size_t slot);
    void serve();
    void open_for_waiters();
    std::optional<std::size_t> find(phase p) const;
    bool has_live() const { return count(phase::idle) + count(phase::in_use) > 0; }

    options options_;
    std::vector<phase> slots_;       // size + 1
    std::vector<std::size_t> idle_;  // the most recently used last
    std::deque<waiter_id> queue_;
    std::deque<action> actions_;
    health health_ = health::unproven;
    bool may_open_ = true;        // not while an opening has just failed
    bool has_retry_due_ = false;  // a retry_later is under way
    backoff backoff_;
};

}  // namespace weir::postgres
