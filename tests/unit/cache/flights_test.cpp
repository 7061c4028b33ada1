#include "weir/cache/flights.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

namespace weir::flights_test {
namespace {

flights::ticket join(flights& table, const std::string& key) {
    return table.join(key, [] { return std::vector<std::string>{"tag"}; });
}

answer any_answer() {
    entry_parts e;
    e.text = "{}";
    return {entry::make(e), {}};
}

awaitable<result<answer>> outcome_of(std::shared_ptr<flight> f, deadline until) {
    const bool is_complete = co_await f->wait_completed(until);
    if (!is_complete) co_return errc::timeout;
    co_return f->outcome();
}

TEST_CASE("requests that come before the first read share one flight") {
    coherence trusted;
    flights table{trusted};
    const auto first = join(table, "k");
    const auto second = join(table, "k");
    CHECK(first.is_starter);
    CHECK_FALSE(second.is_starter);
    CHECK(first.to_join == second.to_join);
    CHECK(join(table, "other").to_join != first.to_join);
}

TEST_CASE("a request that comes after the first read was sent shares the next flight and not this one") {
    coherence trusted;
    flights table{trusted};
    const auto first = join(table, "k");
    table.begin_read(*first.to_join);
    const auto late = join(table, "k");
    const auto later = join(table, "k");
    CHECK(late.is_starter);
    CHECK(late.predecessor == first.to_join);
    CHECK(late.to_join != first.to_join);
    CHECK(later.to_join == late.to_join);
    CHECK_FALSE(later.is_starter);
}

TEST_CASE(
    "while the node is trusted a request joins a flight that has read, until something of it is forgotten") {
    const std::vector<std::string> key{"k"};
    const std::vector<std::string> tag{"tag"};
    for (const auto& [keys, tags] :
         {std::pair{key, std::vector<std::string>{}}, {std::vector<std::string>{}, tag}}) {
        coherence trusted;
        flights table{trusted};
        trusted.trust_always();
        const auto first = join(table, "k");
        table.begin_read(*first.to_join);
        CHECK(join(table, "k").to_join == first.to_join);
        trusted.forget(keys, tags);
        CHECK(join(table, "k").predecessor == first.to_join);
    }
}

TEST_CASE("a flight that began to read before the node was trusted takes no request afterwards") {
    coherence trusted;
    flights table{trusted};
    const auto first = join(table, "k");
    table.begin_read(*first.to_join);
    trusted.trust_until(steady_clock::now() + seconds{60});
    CHECK(join(table, "k").predecessor == first.to_join);
}

TEST_CASE(
    "a flight that began to read while the node was trusted takes no request once the trust has ended") {
    coherence trusted;
    flights table{trusted};
    trusted.trust_until(steady_clock::now() + milliseconds{1});
    const auto first = join(table, "k");
    table.begin_read(*first.to_join);
    trusted.distrust();
    CHECK(join(table, "k").predecessor == first.to_join);
}

TEST_CASE("a complete flight wakes its waiters and leaves nothing behind") {
    boost::asio::io_context context;
    coherence trusted;
    flights table{trusted};
    const auto starter = join(table, "k");
    table.begin_read(*starter.to_join);
    table.complete(*starter.to_join, any_answer());
    const auto got = test::run(context, outcome_of(starter.to_join, deadline::in(seconds{5})));
    REQUIRE(got.has_value());
    CHECK(got->content->body() == "{}");
    CHECK(table.size() == 0);
    CHECK(join(table, "k").is_starter);
}

TEST_CASE("when a flight is complete the next one becomes the current one") {
    coherence trusted;
    flights table{trusted};
    const auto first = join(table, "k");
    table.begin_read(*first.to_join);
    const auto second = join(table, "k");
    table.complete(*first.to_join, any_answer());
    CHECK(join(table, "k").to_join == second.to_join);
    table.begin_read(*second.to_join);
    CHECK(join(table, "k").predecessor == second.to_join);
    table.complete(*second.to_join, any_answer());
    CHECK(table.size() == 1);
}

TEST_CASE("an error completes a flight like an answer and the key can be loaded again") {
    boost::asio::io_context context;
    coherence trusted;
    flights table{trusted};
    const auto starter = join(table, "k");
    table.begin_read(*starter.to_join);
    table.complete(*starter.to_join, errc::overloaded);
    CHECK(test::run(context, outcome_of(starter.to_join, deadline::in(seconds{5}))).error() ==
          errc::overloaded);
    CHECK(join(table, "k").is_starter);
}

TEST_CASE("a flight that has read nothing it will serve takes requests again") {
    coherence trusted;
    flights table{trusted};
    const auto first = join(table, "k");
    table.begin_read(*first.to_join);
    table.reopen(*first.to_join);
    CHECK(join(table, "k").to_join == first.to_join);
    table.begin_read(*first.to_join);
    CHECK(join(table, "k").to_join != first.to_join);
}

TEST_CASE("a waiter whose own deadline comes first leaves the flight to the others") {
    boost::asio::io_context context;
    coherence trusted;
    flights table{trusted};
    const auto starter = join(table, "k");
    const auto early = test::run(context, outcome_of(starter.to_join, deadline::in(milliseconds{1})));
    CHECK(early.error() == errc::timeout);
    table.begin_read(*starter.to_join);
    table.complete(*starter.to_join, any_answer());
    CHECK(test::run(context, outcome_of(starter.to_join, deadline::in(seconds{5}))).has_value());
}

}  // namespace

}  // namespace weir::flights_test
