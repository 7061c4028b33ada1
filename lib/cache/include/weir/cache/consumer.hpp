// The consumer that this process belongs to: all nodes with one L2, one head of their keys and one change
// map. Every consumer that is alive hears of every change, because the outbox keeps a row until each of them
// has marked it. So several versions of a file, and several fleets, can use one database.
//
// This object registers the consumer and renews the registration. Two clocks hang on it:
//
// * A registration ends `lifetime` after its renewal, by the database's clock. Then the others no longer wait
//   for this consumer, and rows may be settled without it.
// * A node acts on its registration for `trust` from the moment at which it *sent* the last renewal. That is
//   shorter. Later it serves neither from L1 nor from L2 if other consumers are alive. Alone it serves on: no
//   one could settle a row without it.
//
// A registration that ran out while others were alive comes back as another incarnation. It may have missed
// rows, so everything is forgotten before anything is read. A new consumer does the same, since its L2 may
// hold what others stored.
//
// Others wait for what this consumer owes. If its L2 is away, it cannot settle any of it, and their writes
// stay pending. So a node that has seen the same row owed for `lifetime` tries to forget a name that nothing
// has. While it cannot, it renews no more and the registration runs out. Once it can, it goes on: with
// another incarnation if the registration had ended.
//
// A node that knows of no other consumer need not ask for marks when it acknowledges a write. It may rely on
// that for `trust`. So a consumer that finds others alive when it registers waits so long before it reads:
// by then each node of theirs has learned of it, or has ceased to rely on its memory.
//
// One per process, a background coroutine on control's executor. stop() ends it.
#pragma once

#include "weir/async/backoff.hpp"
#include "weir/async/task.hpp"
#include "weir/cache/admissions.hpp"
#include "weir/cache/invalidation.hpp"
#include "weir/cache/ports.hpp"
#include "weir/l1/coherence.hpp"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir {

struct consumer_options {
    milliseconds trust{1500};  // the same for all consumers of one database, like the next one
    milliseconds lifetime{10'000};
    milliseconds call_timeout{1000};
    milliseconds retention{3600'000};  // how long this consumer needs settled rows
};

// Where the nodes of one consumer find each other: a random text that their L2 keeps.
class meeting_point {
 public:
    virtual ~meeting_point() = default;

    // Returns the text that is kept. If there is none, keeps `proposed` and returns it.
    virtual awaitable<result<std::string>> find(const std::string& proposed, context within) = 0;
};

class consumer {
 public:
    // What the consumer is made of. All outlive it.
    struct parts {
        const policy_handle& declared;
        weir::outbox& outbox;
        meeting_point* where;  // null: this process is a consumer of its own
        // Forgets in L2 and on this node, where no other node of this consumer can hold anything yet.
        std::vector<invalidation_step*> first_steps;
        weir::invalidation& follows;
        admissions& servers;
        weir::coherence& coherence;
    };
    consumer(const boost::asio::any_io_executor& executor, consumer_options options, parts of,
             prometheus::Registry& registry);

    awaitable<void> run();
    void stop() { pause_.stop(); }

    // Sets what is called whenever an incarnation was opened.
    void when_open(std::function<void()> told) { told_ = std::move(told); }

    // Returns whether this consumer is registered, so that rows may be delivered.
    bool is_registered() const { return known_.has_value(); }

    // Returns whether everything that came before this incarnation is forgotten, so that L2 may be read.
    bool is_open() const { return known_ && known_->is_open; }

    // Returns whether no other consumer that declares a common table can be serving.
    bool is_alone(steady_clock::time_point now) const {
        return known_ && !known_->has_others && now < known_until_;
    }

 private:
    awaitable<bool> keep();
    void note_owed(std::int64_t oldest);
    bool owes_for_too_long() const;
    awaitable<bool> can_forget();
    awaitable<bool> begin_incarnation(const registration& now);
    awaitable<bool> forget_everything(bool is_first);
    awaitable<result<consumer_facts>> facts();
    awaitable<void> leave();
    void adopt(const registration& now, steady_clock::time_point sent);
    void note(error_code why);

    consumer_options options_;
    parts parts_;
    pause pause_;
    std::function<void()> told_;
    std::string nonce_;
    std::string name_;       // under which it has entered last
    bool was_open_ = false;  // this process has served under a registration
    std::optional<registration> known_;
    steady_clock::time_point known_until_{};
    std::int64_t owed_ = 0;  // the row that is owed for longest; zero: none
    steady_clock::time_point owed_since_{};
    backoff between_failures_{milliseconds{10}, milliseconds{500}};
    std::minstd_rand random_{std::random_device{}()};
    bool is_failing_ = false;
    prometheus::Gauge& others_;
    prometheus::Gauge& open_;
    prometheus::Gauge& incarnations_;
};

}  // namespace weir
