// Who waits in line to read and who travels together, without a server.
#include "weir/postgres/read_line.hpp"

#include "support/catch.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace weir;
using postgres::outcomes;
using postgres::read_line;
using postgres::table;

namespace {

const std::string item = "item";
const std::string list = "list";
const std::string sql = "select";
const read_line::time_point start{};

// Somebody who asks, and what became of it.
struct caller final : read_line::waiter {
    void complete(result<table> got) override {
        ++told;
        outcome = std::move(got);
    }
    bool has_gone() const override { return is_gone; }

    int told = 0;
    bool is_gone = false;
    std::optional<result<table>> outcome;
};
using caller_ptr = std::shared_ptr<caller>;

caller_ptr ask(read_line& line, const std::string& statement, const std::string& id,
               milliseconds patience = milliseconds{100}) {
    auto who = std::make_shared<caller>();
    const auto added = line.add({{statement, sql, {id}}, start + patience / 2, start + patience, who}, 0);
    REQUIRE(added.has_value());
    return who;
}

table row(const std::string& text) {
    table t;
    t.rows.push_back({text});
    return t;
}

// What each read of the trip asked for, as its row.
outcomes echo(const read_line::trip& t) {
    outcomes made;
    for (const auto& s : t.steps) made.emplace_back(row(*s.values[0]));
    return made;
}

std::string ids(const read_line::trip& t) {
    std::string text;
    for (const auto& s : t.steps) text += *s.values[0];
    return text;
}

bool has(const caller_ptr& who, const std::string& text) {
    return who->told == 1 && who->outcome->has_value() && (**who->outcome).rows[0][0] == text;
}

bool has(const caller_ptr& who, errc why) {
    return who->told == 1 && who->outcome->has_error() && who->outcome->error() == why;
}

// A line that knows how long the statements take.
read_line knowing(read_line::limits bounds, microseconds cost) {
    read_line line(bounds);
    for (const auto& statement : {item, list}) {
        ask(line, statement, "?");
        auto* t = line.board(start);
        REQUIRE(t != nullptr);
        line.arrived(*t, echo(*t), start + cost);
    }
    return line;
}

constexpr read_line::limits two{.connections = 2, .queue_max = 64, .trip_max = 4};
constexpr microseconds quick{900};  // of the millisecond that a trip may take

}  // namespace

TEST_CASE("a free connection takes its share of the line in the order of their coming") {
    read_line line = knowing(two, quick);
    std::vector<caller_ptr> callers;
    for (const char* id : {"a", "b", "c", "d", "e"}) callers.push_back(ask(line, item, id));
    auto* first = line.board(start);
    auto* second = line.board(start);
    REQUIRE(first != nullptr);
    REQUIRE(second != nullptr);
    CHECK(ids(*first) == "abc");
    CHECK(ids(*second) == "d");
    line.arrived(*second, echo(*second), start);
    line.arrived(*first, echo(*first), start);
    for (int i = 0; i < 4; ++i) CHECK(has(callers[i], std::string(1, static_cast<char>('a' + i))));
    CHECK(line.waiting() == 1);
    CHECK(callers[4]->told == 0);
}

TEST_CASE("what is quick goes together as far as the time of a trip reaches") {
    read_line line = knowing({.connections = 10}, microseconds{300});
    for (const char* id : {"a", "b", "c", "d"}) ask(line, item, id);
    CHECK(ids(*line.board(start)) == "abc");
}

TEST_CASE("no more reads travel together than a trip may take") {
    read_line line = knowing(two, quick);
    for (int i = 0; i < 20; ++i) ask(line, item, "x");
    CHECK(line.board(start)->steps.size() == 4);
}

TEST_CASE("a statement whose cost is not known travels alone") {
    read_line line(two);
    for (const char* id : {"a", "b", "c"}) ask(line, item, id);
    CHECK(ids(*line.board(start)) == "a");
}

TEST_CASE("a statement that was slow travels alone for a while") {
    read_line line = knowing(two, seconds{1});
    int alone = 0;
    for (int i = 0; i < 100; ++i) {
        ask(line, item, "a");
        ask(line, item, "b");
        ask(line, item, "c");
        bool is_alone = true;
        while (auto* t = line.board(start)) {
            is_alone = is_alone && t->steps.size() == 1;
            line.arrived(*t, echo(*t), start + quick);
        }
        alone += is_alone ? 1 : 0;
    }
    CHECK(alone > 10);
    CHECK(alone < 100);
}

TEST_CASE("only reads of one statement travel together") {
    read_line line = knowing(two, quick);
    ask(line, item, "a");
    ask(line, list, "x");
    ask(line, item, "b");
    ask(line, list, "y");
    CHECK(ids(*line.board(start)) == "ab");
    CHECK(ids(*line.board(start)) == "x");
}

TEST_CASE("a refused read holds up only itself") {
    read_line line = knowing({.connections = 1}, quick);
    const auto a = ask(line, item, "a");
    const auto b = ask(line, item, "b");
    const auto c = ask(line, item, "c");
    const auto later = ask(line, list, "z");
    auto* t = line.board(start);
    CHECK(ids(*t) == "abc");
    outcomes made;
    made.emplace_back(row("a"));
    made.emplace_back(errc::constraint);
    line.arrived(*t, std::move(made), start);
    CHECK(has(a, "a"));
    CHECK(has(b, errc::constraint));
    CHECK(c->told == 0);
    t = line.board(start);
    REQUIRE(t != nullptr);
    CHECK(ids(*t) == "c");  // before who came later
    line.arrived(*t, echo(*t), start);
    CHECK(has(c, "c"));
    CHECK(later->told == 0);
}

TEST_CASE("after a refusal its statement travels alone until it has succeeded") {
    read_line line = knowing({.connections = 1}, quick);
    for (const char* id : {"a", "b", "c"}) ask(line, item, id);
    auto* t = line.board(start);
    outcomes refused;
    refused.emplace_back(errc::rejected);
    line.arrived(*t, std::move(refused), start);
    t = line.board(start);
    CHECK(ids(*t) == "b");
    line.arrived(*t, echo(*t), start + quick);
    ask(line, item, "d");
    CHECK(ids(*line.board(start)) == "cd");
}

TEST_CASE("when the connection dies its whole trip fails with the reason") {
    read_line line = knowing({.connections = 1}, quick);
    const auto a = ask(line, item, "a");
    const auto b = ask(line, item, "b");
    auto* t = line.board(start);
    line.failed(*t, errc::unavailable, false);
    CHECK(has(a, errc::unavailable));
    CHECK(has(b, errc::unavailable));
    CHECK(line.is_idle());
}

TEST_CASE("what met a dead connection is read again once") {
    read_line line = knowing({.connections = 1}, quick);
    const auto a = ask(line, item, "a");
    for (int i = 0; i < 2; ++i) {
        CHECK(a->told == 0);
        auto* t = line.board(start);
        REQUIRE(t != nullptr);
        CHECK(ids(*t) == "a");
        line.failed(*t, errc::unavailable, true);
    }
    CHECK(has(a, errc::unavailable));
}

TEST_CASE("half of the time is for waiting in line and all of it for the answer") {
    read_line line = knowing({.connections = 1}, quick);
    const auto aboard = ask(line, item, "a");
    const auto with_it = ask(line, item, "b", milliseconds{1000});
    auto* t = line.board(start);
    const auto waits = ask(line, item, "c");
    CHECK(line.next_expiry() == start + milliseconds{50});
    line.expire(start + milliseconds{50});
    CHECK(has(waits, errc::timeout));
    CHECK(aboard->told == 0);
    CHECK(line.next_expiry() == start + milliseconds{100});
    line.expire(start + milliseconds{100});
    CHECK(has(aboard, errc::timeout));
    CHECK(with_it->told == 0);
    CHECK(t->latest().at() == start + milliseconds{1000});
    line.arrived(*t, echo(*t), start + milliseconds{200});  // one of several was late
    CHECK(aboard->told == 1);
    CHECK(has(with_it, "b"));
    CHECK_FALSE(line.next_expiry());
}

TEST_CASE("who was cancelled while waiting in line is not asked for") {
    read_line line = knowing({.connections = 1}, quick);
    const auto gone = ask(line, item, "a");
    const auto there = ask(line, item, "b");
    gone->is_gone = true;
    CHECK(ids(*line.board(start)) == "b");
}

TEST_CASE("the line is bounded apart from those for whom a connection is free") {
    read_line line({.connections = 2, .queue_max = 1});
    const auto add = [&line](std::size_t free) {
        return line.add({{item, sql, {"a"}}, start, start, std::make_shared<caller>()}, free);
    };
    CHECK(add(2).has_value());
    CHECK(add(2).has_value());
    CHECK(add(2).has_value());
    CHECK(add(2).error() == errc::overloaded);
    CHECK(add(0).error() == errc::overloaded);
    CHECK(line.waiting() == 3);
}

TEST_CASE("one runner at a time asks for a connection and as many travel as there are connections") {
    read_line line(two);
    CHECK_FALSE(line.begin_runner(start));
    ask(line, item, "a");
    CHECK(line.begin_runner(start));
    ask(line, item, "b");
    CHECK_FALSE(line.begin_runner(start));
    line.stop_asking();
    CHECK(line.begin_runner(start));
    line.stop_asking();
    CHECK_FALSE(line.begin_runner(start));
    line.end_runner();
    CHECK(line.begin_runner(start));
}

TEST_CASE("while a quick trip is under way those that come wait for it until they fill one") {
    read_line line = knowing({.connections = 8}, microseconds{300});
    const auto is_due = [&line](int at_us) { return line.begin_runner(start + microseconds{at_us}); };
    ask(line, item, "a");
    REQUIRE(is_due(0));
    auto* t = line.board(start);
    line.stop_asking();
    CHECK_FALSE(line.company_end(start));
    ask(line, item, "b");
    ask(line, item, "c");
    CHECK_FALSE(is_due(0));
    CHECK(line.company_end(start) == start + microseconds{5000});
    SECTION("then another one begins") {
        ask(line, item, "d");
        CHECK(is_due(0));
        CHECK(ids(*line.board(start)) == "bcd");
    }
    SECTION("or it is back and takes them along") {
        line.arrived(*t, echo(*t), start + microseconds{300});
        CHECK(ids(*line.board(start)) == "bc");
    }
    SECTION("or has not come back as soon as they counted on") {
        CHECK_FALSE(is_due(4999));
        CHECK(is_due(5000));
        CHECK_FALSE(line.company_end(start + microseconds{5000}));
    }
    SECTION("and nobody waits for a trip of another statement") {
        ask(line, list, "x");
        CHECK(is_due(0));
    }
}

TEST_CASE("nobody waits for a trip of a statement that is not known to be quick") {
    read_line line = knowing({.connections = 8}, seconds{1});
    ask(line, item, "a");
    REQUIRE(line.begin_runner(start));
    line.board(start);
    line.stop_asking();
    ask(line, item, "b");
    CHECK(line.begin_runner(start));
}

TEST_CASE("a trip takes as many as would fit into it if nothing else held them up") {
    read_line line = knowing({.connections = 8}, microseconds{100});
    ask(line, item, "late");
    auto* t = line.board(start);
    line.arrived(*t, echo(*t), start + milliseconds{2});
    for (int i = 0; i < 20; ++i) ask(line, item, std::to_string(i % 10));
    CHECK(line.board(start)->steps.size() == 8);  // of 10, because a second trip weighs a little
}

TEST_CASE("without a connection to be had the whole line is told") {
    read_line line(two);
    const auto a = ask(line, item, "a");
    const auto b = ask(line, list, "b");
    line.refuse(errc::unavailable);
    CHECK(has(a, errc::unavailable));
    CHECK(has(b, errc::unavailable));
    CHECK(line.is_idle());
}
