// Which reads wait and which are sent together, without a server.
#include "weir/postgres/read_queue.hpp"

#include "support/catch.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::read_queue_test {

using postgres::outcomes;
using postgres::read_queue;
using postgres::table;

namespace {

const std::string item = "item";
const std::string list = "list";
const std::string sql = "select";
const read_queue::time_point start{};

// A caller, and the outcome that it got.
struct caller final : read_queue::waiter {
    void complete(result<table> got) override {
        ++told;
        outcome = std::move(got);
    }
    bool is_cancelled() const override { return was_cancelled; }

    int told = 0;
    bool was_cancelled = false;
    std::optional<result<table>> outcome;
};
using caller_ptr = std::shared_ptr<caller>;

caller_ptr ask(read_queue& queue, const std::string& statement, const std::string& id,
               milliseconds patience = milliseconds{100}) {
    auto who = std::make_shared<caller>();
    const auto added = queue.add({{statement, sql, {id}}, start + patience / 2, start + patience, who}, 0);
    REQUIRE(added.has_value());
    return who;
}

table row(const std::string& text) {
    table t;
    t.rows.push_back({text});
    return t;
}

// An outcome for each read of the batch: its value as a row.
outcomes echo(const read_queue::batch& b) {
    outcomes made;
    for (const auto& s : b.steps) made.emplace_back(row(*s.values[0]));
    return made;
}

std::string ids(const read_queue::batch& b) {
    std::string text;
    for (const auto& s : b.steps) text += *s.values[0];
    return text;
}

bool has(const caller_ptr& who, const std::string& text) {
    return who->told == 1 && who->outcome->has_value() && (**who->outcome).rows[0][0] == text;
}

bool has(const caller_ptr& who, errc why) {
    return who->told == 1 && who->outcome->has_error() && who->outcome->error() == why;
}

// A queue that knows how long the statements take.
read_queue knowing(read_queue::options bounds, microseconds cost) {
    read_queue queue(bounds);
    for (const auto& statement : {item, list}) {
        ask(queue, statement, "?");
        auto* sent = queue.begin_batch(start);
        REQUIRE(sent != nullptr);
        queue.complete(*sent, echo(*sent), start + cost);
    }
    return queue;
}

constexpr read_queue::options two{.connections = 2, .queue_max = 64, .batch_max = 4};
constexpr microseconds quick{900};  // of the millisecond that a batch may take

}  // namespace

TEST_CASE("a free connection takes its share of the queue in the order of their arrival") {
    read_queue queue = knowing(two, quick);
    std::vector<caller_ptr> callers;
    for (const char* id : {"a", "b", "c", "d", "e"}) callers.push_back(ask(queue, item, id));
    auto* first = queue.begin_batch(start);
    auto* second = queue.begin_batch(start);
    REQUIRE(first != nullptr);
    REQUIRE(second != nullptr);
    CHECK(ids(*first) == "abc");
    CHECK(ids(*second) == "d");
    queue.complete(*second, echo(*second), start);
    queue.complete(*first, echo(*first), start);
    for (int i = 0; i < 4; ++i) CHECK(has(callers[i], std::string(1, static_cast<char>('a' + i))));
    CHECK(queue.waiting() == 1);
    CHECK(callers[4]->told == 0);
}

TEST_CASE("quick reads are sent together as far as the time of a batch reaches") {
    read_queue queue = knowing({.connections = 10}, microseconds{300});
    for (const char* id : {"a", "b", "c", "d"}) ask(queue, item, id);
    CHECK(ids(*queue.begin_batch(start)) == "abc");
}

TEST_CASE("no more reads are sent together than a batch may have") {
    read_queue queue = knowing(two, quick);
    for (int i = 0; i < 20; ++i) ask(queue, item, "x");
    CHECK(queue.begin_batch(start)->steps.size() == 4);
}

TEST_CASE("a statement whose cost is not known is sent alone") {
    read_queue queue(two);
    for (const char* id : {"a", "b", "c"}) ask(queue, item, id);
    CHECK(ids(*queue.begin_batch(start)) == "a");
}

TEST_CASE("a statement that was slow is sent alone for a while") {
    read_queue queue = knowing(two, seconds{1});
    int alone = 0;
    for (int i = 0; i < 100; ++i) {
        ask(queue, item, "a");
        ask(queue, item, "b");
        ask(queue, item, "c");
        bool is_alone = true;
        while (auto* sent = queue.begin_batch(start)) {
            is_alone = is_alone && sent->steps.size() == 1;
            queue.complete(*sent, echo(*sent), start + quick);
        }
        alone += is_alone ? 1 : 0;
    }
    CHECK(alone > 10);
    CHECK(alone < 100);
}

TEST_CASE("only reads of one statement are sent together") {
    read_queue queue = knowing(two, quick);
    ask(queue, item, "a");
    ask(queue, list, "x");
    ask(queue, item, "b");
    ask(queue, list, "y");
    CHECK(ids(*queue.begin_batch(start)) == "ab");
    CHECK(ids(*queue.begin_batch(start)) == "x");
}

TEST_CASE("a refused read holds up only itself") {
    read_queue queue = knowing({.connections = 1}, quick);
    const auto a = ask(queue, item, "a");
    const auto b = ask(queue, item, "b");
    const auto c = ask(queue, item, "c");
    const auto later = ask(queue, list, "z");
    auto* sent = queue.begin_batch(start);
    CHECK(ids(*sent) == "abc");
    outcomes made;
    made.emplace_back(row("a"));
    made.emplace_back(errc::constraint);
    queue.complete(*sent, std::move(made), start);
    CHECK(has(a, "a"));
    CHECK(has(b, errc::constraint));
    CHECK(c->told == 0);
    sent = queue.begin_batch(start);
    REQUIRE(sent != nullptr);
    CHECK(ids(*sent) == "c");  // before the read that came later
    queue.complete(*sent, echo(*sent), start);
    CHECK(has(c, "c"));
    CHECK(later->told == 0);
}

TEST_CASE("after an error its statement is sent alone until it has succeeded") {
    read_queue queue = knowing({.connections = 1}, quick);
    for (const char* id : {"a", "b", "c"}) ask(queue, item, id);
    auto* sent = queue.begin_batch(start);
    outcomes refused;
    refused.emplace_back(errc::rejected);
    queue.complete(*sent, std::move(refused), start);
    sent = queue.begin_batch(start);
    CHECK(ids(*sent) == "b");
    queue.complete(*sent, echo(*sent), start + quick);
    ask(queue, item, "d");
    CHECK(ids(*queue.begin_batch(start)) == "cd");
}

TEST_CASE("when the connection dies its whole batch fails with the reason") {
    read_queue queue = knowing({.connections = 1}, quick);
    const auto a = ask(queue, item, "a");
    const auto b = ask(queue, item, "b");
    auto* sent = queue.begin_batch(start);
    queue.fail(*sent, errc::unavailable, false);
    CHECK(has(a, errc::unavailable));
    CHECK(has(b, errc::unavailable));
    CHECK(queue.is_idle());
}

TEST_CASE("a read that met a dead connection is sent once more") {
    read_queue queue = knowing({.connections = 1}, quick);
    const auto a = ask(queue, item, "a");
    for (int i = 0; i < 2; ++i) {
        CHECK(a->told == 0);
        auto* sent = queue.begin_batch(start);
        REQUIRE(sent != nullptr);
        CHECK(ids(*sent) == "a");
        queue.fail(*sent, errc::unavailable, true);
    }
    CHECK(has(a, errc::unavailable));
}

TEST_CASE("half of the time is for waiting in the queue and all of it for the answer") {
    read_queue queue = knowing({.connections = 1}, quick);
    const auto late = ask(queue, item, "a");
    const auto with_it = ask(queue, item, "b", milliseconds{1000});
    auto* sent = queue.begin_batch(start);
    const auto waits = ask(queue, item, "c");
    CHECK(queue.next_expiry() == start + milliseconds{50});
    queue.expire(start + milliseconds{50});
    CHECK(has(waits, errc::timeout));
    CHECK(late->told == 0);
    CHECK(queue.next_expiry() == start + milliseconds{100});
    queue.expire(start + milliseconds{100});
    CHECK(has(late, errc::timeout));
    CHECK(with_it->told == 0);
    CHECK(sent->latest().at() == start + milliseconds{1000});
    queue.complete(*sent, echo(*sent), start + milliseconds{200});  // one of several was late
    CHECK(late->told == 1);
    CHECK(has(with_it, "b"));
    CHECK_FALSE(queue.next_expiry());
}

TEST_CASE("a read that was cancelled in the queue is not sent") {
    read_queue queue = knowing({.connections = 1}, quick);
    const auto gone = ask(queue, item, "a");
    const auto there = ask(queue, item, "b");
    gone->was_cancelled = true;
    CHECK(ids(*queue.begin_batch(start)) == "b");
}

TEST_CASE("the queue is bounded apart from reads for which a connection is free") {
    read_queue queue({.connections = 2, .queue_max = 1});
    const auto add = [&queue](std::size_t free) {
        return queue.add({{item, sql, {"a"}}, start, start, std::make_shared<caller>()}, free);
    };
    CHECK(add(2).has_value());
    CHECK(add(2).has_value());
    CHECK(add(2).has_value());
    CHECK(add(2).error() == errc::overloaded);
    CHECK(add(0).error() == errc::overloaded);
    CHECK(queue.waiting() == 3);
}

TEST_CASE("one worker at a time acquires a connection and there are as many workers as connections") {
    read_queue queue(two);
    CHECK_FALSE(queue.begin_worker(start));
    ask(queue, item, "a");
    CHECK(queue.begin_worker(start));
    ask(queue, item, "b");
    CHECK_FALSE(queue.begin_worker(start));
    queue.end_acquiring();
    CHECK(queue.begin_worker(start));
    queue.end_acquiring();
    CHECK_FALSE(queue.begin_worker(start));
    queue.end_worker();
    CHECK(queue.begin_worker(start));
}

TEST_CASE("while a quick batch is under way new reads wait for it until they fill one") {
    read_queue queue = knowing({.connections = 8}, microseconds{300});
    const auto is_due = [&queue](int at_us) { return queue.begin_worker(start + microseconds{at_us}); };
    ask(queue, item, "a");
    REQUIRE(is_due(0));
    auto* sent = queue.begin_batch(start);
    queue.end_acquiring();
    CHECK_FALSE(queue.gather_end(start));
    ask(queue, item, "b");
    ask(queue, item, "c");
    CHECK_FALSE(is_due(0));
    CHECK(queue.gather_end(start) == start + microseconds{5000});
    SECTION("then another batch begins") {
        ask(queue, item, "d");
        CHECK(is_due(0));
        CHECK(ids(*queue.begin_batch(start)) == "bcd");
    }
    SECTION("or it returns and its worker takes them") {
        queue.complete(*sent, echo(*sent), start + microseconds{300});
        CHECK(ids(*queue.begin_batch(start)) == "bc");
    }
    SECTION("or it has not returned when the gather window closes") {
        CHECK_FALSE(is_due(4999));
        CHECK(is_due(5000));
        CHECK_FALSE(queue.gather_end(start + microseconds{5000}));
    }
    SECTION("and no read waits for a batch of another statement") {
        ask(queue, list, "x");
        CHECK(is_due(0));
    }
}

TEST_CASE("no read waits for a batch of a statement that is not known to be quick") {
    read_queue queue = knowing({.connections = 8}, seconds{1});
    ask(queue, item, "a");
    REQUIRE(queue.begin_worker(start));
    queue.begin_batch(start);
    queue.end_acquiring();
    ask(queue, item, "b");
    CHECK(queue.begin_worker(start));
}

TEST_CASE("a batch has as many reads as would fit into it if nothing held them up") {
    read_queue queue = knowing({.connections = 8}, microseconds{100});
    ask(queue, item, "late");
    auto* sent = queue.begin_batch(start);
    queue.complete(*sent, echo(*sent), start + milliseconds{2});
    for (int i = 0; i < 20; ++i) ask(queue, item, std::to_string(i % 10));
    CHECK(queue.begin_batch(start)->steps.size() == 8);  // of 10, because a second batch weighs a little
}

TEST_CASE("without a connection every read in the queue fails") {
    read_queue queue(two);
    const auto a = ask(queue, item, "a");
    const auto b = ask(queue, list, "b");
    queue.fail_waiting(errc::unavailable);
    CHECK(has(a, errc::unavailable));
    CHECK(has(b, errc::unavailable));
    CHECK(queue.is_idle());
}

}  // namespace weir::read_queue_test
