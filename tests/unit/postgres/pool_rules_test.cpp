// The pool's decisions, without a server: what happened goes in, actions come out.
#include "weir/postgres/pool_rules.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

namespace weir::pool_rules_test {

using weir::errc;
using weir::postgres::pool_rules;
using kind = pool_rules::action::kind;
using answer = pool_rules::verdict::kind;
using health = pool_rules::health;
using phase = pool_rules::phase;

namespace {

std::string text(const pool_rules::action& a) {
    switch (a.what) {
        case kind::open:
            return "open " + std::to_string(a.slot);
        case kind::close:
            return "close " + std::to_string(a.slot);
        case kind::grant:
            return "grant " + std::to_string(a.slot) + " to " + std::to_string(a.waiter);
        case kind::refuse:
            return "refuse " + std::to_string(a.waiter);
        case kind::retry_later:
            return "retry";
    }
    return "?";
}

// All actions that are due, in one line.
std::string actions(pool_rules& rules) {
    std::string line;
    while (const auto next = rules.next_action()) line += (line.empty() ? "" : ", ") + text(*next);
    return line;
}

// A pool whose server has answered: slot 0 is idle.
pool_rules up(std::size_t size, std::size_t queue_max) {
    pool_rules rules({.size = size, .queue_max = queue_max});
    rules.start();
    CHECK(actions(rules) == "open 0");
    rules.opened(0);
    CHECK(actions(rules).empty());
    CHECK(rules.state() == health::up);
    return rules;
}

}  // namespace

TEST_CASE("the pool proves its server before the first request and queues until it has") {
    pool_rules rules({.size = 2, .queue_max = 0});
    rules.start();
    CHECK(actions(rules) == "open 0");
    CHECK(rules.acquire(1).what == answer::queued);
    CHECK(rules.acquire(2).what == answer::queued);
    CHECK(rules.acquire(3).why == errc::overloaded);
    CHECK(actions(rules).empty());
    rules.opened(0);
    CHECK(actions(rules) == "grant 0 to 1, open 1");
    rules.opened(1);
    CHECK(actions(rules) == "grant 1 to 2");
}

TEST_CASE("the pool opens no more connections than requests wait for nor than its size") {
    auto rules = up(3, 10);
    CHECK(rules.acquire(1).what == answer::granted);
    CHECK(rules.acquire(2).what == answer::queued);
    CHECK(actions(rules) == "open 1");
    CHECK(rules.acquire(3).what == answer::queued);
    CHECK(actions(rules) == "open 2");
    CHECK(rules.acquire(4).what == answer::queued);
    CHECK(actions(rules).empty());
}

TEST_CASE("waiting requests are served first come first served") {
    auto rules = up(1, 3);
    REQUIRE(rules.acquire(1).what == answer::granted);
    for (const unsigned id : {2U, 3U, 4U}) CHECK(rules.acquire(id).what == answer::queued);
    const auto beyond = rules.acquire(5);
    CHECK(beyond.what == answer::refused);
    CHECK(beyond.why == errc::overloaded);
    rules.abandon(2);
    rules.released(0);
    CHECK(actions(rules) == "grant 0 to 3");
    rules.released(0);
    CHECK(actions(rules) == "grant 0 to 4");
}

TEST_CASE("a failed probe takes the pool down and everyone waiting is told") {
    pool_rules rules({.size = 2, .queue_max = 5});
    rules.start();
    rules.acquire(1);
    rules.acquire(2);
    actions(rules);
    rules.open_failed(0, 0.5);
    CHECK(actions(rules) == "refuse 1, refuse 2, retry");
    CHECK(rules.state() == health::down);
    const auto refused = rules.acquire(3);
    CHECK(refused.what == answer::refused);
    CHECK(refused.why == errc::unavailable);
    rules.retry_due();
    CHECK(actions(rules) == "open 0");
    CHECK(rules.acquire(4).what == answer::refused);  // half open is not open
    rules.open_failed(0, 0.5);
    CHECK(actions(rules) == "retry");
    rules.retry_due();
    rules.opened(0);
    CHECK(rules.state() == health::up);
    CHECK(rules.acquire(5).what == answer::granted);
}

TEST_CASE("the pool's probes back off to one second at most") {
    pool_rules rules({.size = 1, .queue_max = 0});
    rules.start();
    rules.next_action();
    weir::milliseconds last{0};
    for (int i = 0; i < 30; ++i) {
        rules.open_failed(0, 0.999);
        const auto retry = rules.next_action();
        REQUIRE(retry);
        REQUIRE(retry->what == kind::retry_later);
        CHECK(retry->after <= weir::milliseconds{1000});
        last = retry->after;
        rules.retry_due();
        REQUIRE(rules.next_action()->what == kind::open);
    }
    CHECK(last > weir::milliseconds{900});
}

TEST_CASE("a missed deadline that no answer contradicts makes the pool ask whether its server is there") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.draining(0, true);
    CHECK(rules.state() == health::unproven);
    CHECK(actions(rules) == "open 1");
    CHECK(rules.acquire(2).what == answer::queued);
    SECTION("it is") {
        rules.opened(1);
        CHECK(actions(rules) == "grant 1 to 2");
        CHECK(rules.state() == health::up);
    }
    SECTION("it is not") {
        rules.open_failed(1, 0);
        CHECK(actions(rules) == "refuse 2, retry");
        CHECK(rules.state() == health::down);
    }
}

TEST_CASE("an answer to anyone proves that the pool's server is there") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.acquire(2);
    rules.opened(1);
    actions(rules);
    rules.draining(0, true);
    CHECK(actions(rules) == "open 2");
    REQUIRE(rules.acquire(3).what == answer::queued);
    rules.released(1);
    CHECK(actions(rules) == "grant 1 to 3");
    CHECK(rules.state() == health::up);
}

TEST_CASE("a missed deadline while others are answered is only a slow query") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.draining(0, false);
    CHECK(rules.state() == health::up);
    CHECK(actions(rules).empty());
}

TEST_CASE("a slot stays taken until the server is done with what was given up on") {
    auto rules = up(1, 5);
    rules.acquire(1);
    rules.draining(0, false);
    CHECK(rules.acquire(2).what == answer::queued);
    CHECK(actions(rules).empty());
    rules.drained(0);
    CHECK(actions(rules) == "open 0");
}

TEST_CASE("with every slot taken the probe uses one more that serves no request") {
    auto rules = up(1, 5);
    rules.acquire(1);
    rules.draining(0, true);
    CHECK(actions(rules) == "open 1");
    rules.acquire(2);
    rules.opened(1);
    CHECK(actions(rules) == "close 1");
    CHECK(rules.state() == health::up);
    CHECK(rules.waiting() == 1);
    rules.drained(0);
    CHECK(actions(rules) == "open 0");
}

TEST_CASE("the probe takes an idle connection's place rather than a further one") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.acquire(2);
    rules.opened(1);
    rules.released(0);
    actions(rules);
    rules.acquire(3);
    rules.released(1);
    actions(rules);
    REQUIRE(rules.at(1) == phase::idle);
    rules.draining(0, true);
    CHECK(actions(rules) == "close 1, open 1");
}

TEST_CASE("losing one connection of several is no outage and losing the last one may be") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.acquire(2);
    rules.opened(1);
    actions(rules);
    rules.broken(1);
    CHECK(rules.state() == health::up);
    CHECK(actions(rules).empty());
    rules.broken(0);
    CHECK(rules.state() == health::unproven);
    CHECK(actions(rules) == "open 0");
}

TEST_CASE("a server that refuses one more connection is not away for those it serves") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.acquire(2);
    CHECK(actions(rules) == "open 1");
    rules.open_failed(1, 0);
    CHECK(actions(rules) == "retry");
    CHECK(rules.state() == health::up);
    CHECK(rules.acquire(3).what == answer::queued);
    CHECK(actions(rules).empty());  // not before the retry is due
    rules.released(0);
    CHECK(actions(rules) == "grant 0 to 2");
    rules.retry_due();
    CHECK(actions(rules) == "open 1");
}

TEST_CASE("idle connections of a server that went away are not used again") {
    auto rules = up(3, 5);
    rules.acquire(1);
    rules.acquire(2);
    actions(rules);
    rules.opened(1);
    rules.released(1);
    rules.draining(0, true);
    actions(rules);
    rules.open_failed(2, 0);
    CHECK(actions(rules) == "close 1, retry");
    CHECK(rules.count(phase::idle) == 0);
}

TEST_CASE("a stopped pool refuses as cancelled and closes everything") {
    auto rules = up(2, 5);
    rules.acquire(1);
    rules.acquire(2);
    rules.acquire(3);
    CHECK(actions(rules) == "open 1");
    rules.stop();
    CHECK(actions(rules) == "refuse 2, refuse 3, close 0, close 1");
    CHECK(rules.acquire(4).why == errc::cancelled);
    rules.opened(1);  // too late
    CHECK(rules.at(1) == phase::empty);
    rules.released(0);
    CHECK(actions(rules) == "close 0");
    rules.retry_due();
    CHECK(actions(rules).empty());
}

// Everything that can happen, in any order, with the invariants of pool_rules.hpp checked after each event.
namespace {

class any_order {
 public:
    explicit any_order(std::uint32_t seed) : state_(seed * 2654435761U) {
        rules_.start();
        act();
    }

    void step(std::uint64_t id) {
        happen(random(size + 1));
        if (is_retry_due_ && random(2) == 0) {
            is_retry_due_ = false;
            rules_.retry_due();
            act();
        }
        if (rules_.acquire(id).what == answer::queued) waiting_.insert(id);
        act();
        if (!waiting_.empty() && random(4) == 0) {
            rules_.abandon(*waiting_.begin());
            waiting_.erase(waiting_.begin());
        }
        check();
    }

 private:
    static constexpr std::size_t size = 3;

    std::size_t random(std::size_t below) {
        state_ = state_ * 1664525U + 1013904223U;
        return static_cast<std::size_t>(state_ >> 8U) % below;
    }

    void happen(std::size_t slot) {
        const auto choice = random(4);
        switch (rules_.at(slot)) {
            case phase::opening:
                choice < 2 ? rules_.opened(slot) : rules_.open_failed(slot, 0.5);
                break;
            case phase::idle:
                if (choice == 0) rules_.broken(slot);
                break;
            case phase::in_use:
                if (choice == 0) rules_.broken(slot);
                if (choice == 1) rules_.draining(slot, random(2) == 0);
                if (choice == 2) rules_.discarded(slot);
                if (choice == 3) rules_.released(slot);
                break;
            case phase::draining:
                rules_.drained(slot);
                break;
            case phase::empty:
                break;
        }
        act();
    }

    void act() {
        while (const auto a = rules_.next_action()) {
            if (a->what == kind::grant || a->what == kind::refuse) REQUIRE(waiting_.erase(a->waiter) == 1);
            if (a->what == kind::grant) REQUIRE(rules_.at(a->slot) == phase::in_use);
            if (a->what != kind::retry_later) continue;
            REQUIRE_FALSE(is_retry_due_);
            is_retry_due_ = true;
        }
    }

    void check() const {
        const bool is_opening = rules_.count(phase::opening) > 0 || rules_.at(size) == phase::opening;
        const bool has_users = rules_.count(phase::in_use) + rules_.count(phase::draining) > 0;
        REQUIRE(rules_.waiting() == waiting_.size());
        if (rules_.state() == health::unproven) REQUIRE(is_opening);
        if (rules_.state() == health::down) REQUIRE((is_retry_due_ || is_opening));
        if (rules_.state() != health::up || waiting_.empty()) return;
        REQUIRE(rules_.count(phase::idle) == 0);
        REQUIRE((has_users || is_opening || is_retry_due_));  // someone will serve them
    }

    std::uint32_t state_;
    pool_rules rules_{{.size = size, .queue_max = 4}};
    std::set<std::uint64_t> waiting_;
    bool is_retry_due_ = false;
};

}  // namespace

TEST_CASE("whatever happens the pool keeps within its size and forgets no waiting request") {
    const auto seed = GENERATE(range(1U, 60U));
    CAPTURE(seed);
    any_order story(seed);
    for (std::uint64_t id = 1; id < 2000; ++id) story.step(id);
}

}  // namespace weir::pool_rules_test
