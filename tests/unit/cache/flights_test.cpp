#include "weir/cache/flights.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

namespace weir {
namespace {

flights::ticket board(flights& table, const std::string& key) {
    return table.board(key, [] { return std::vector<std::string>{"tag"}; });
}

answer any_answer() {
    entry_parts e;
    e.text = "{}";
    return {entry::make(e), {}};
}

awaitable<result<answer>> landing_of(std::shared_ptr<flight> f, deadline until) {
    const bool has_landed = co_await f->wait_landed(until);
    if (!has_landed) co_return errc::timeout;
    co_return f->outcome();
}

TEST_CASE("requests that come before the first read share one flight") {
    coherence heard;
    flights table{heard};
    const auto first = board(table, "k");
    const auto second = board(table, "k");
    CHECK(first.is_pilot);
    CHECK_FALSE(second.is_pilot);
    CHECK(first.to_join == second.to_join);
    CHECK(board(table, "other").to_join != first.to_join);
}

TEST_CASE("a request that comes after the first read was sent shares the next flight and not this one") {
    coherence heard;
    flights table{heard};
    const auto first = board(table, "k");
    table.depart(*first.to_join);
    const auto late = board(table, "k");
    const auto later = board(table, "k");
    CHECK(late.is_pilot);
    CHECK(late.predecessor == first.to_join);
    CHECK(late.to_join != first.to_join);
    CHECK(later.to_join == late.to_join);
    CHECK_FALSE(later.is_pilot);
}

TEST_CASE(
    "while the node is trusted a request joins a flight that has read, until something of it is forgotten") {
    const std::vector<std::string> key{"k"};
    const std::vector<std::string> tag{"tag"};
    for (const auto& [keys, tags] :
         {std::pair{key, std::vector<std::string>{}}, {std::vector<std::string>{}, tag}}) {
        coherence heard;
        flights table{heard};
        heard.trust_always();
        const auto first = board(table, "k");
        table.depart(*first.to_join);
        CHECK(board(table, "k").to_join == first.to_join);
        heard.forget(keys, tags);
        CHECK(board(table, "k").predecessor == first.to_join);
    }
}

TEST_CASE("a flight that departed before the node was trusted takes nobody afterwards") {
    coherence heard;
    flights table{heard};
    const auto first = board(table, "k");
    table.depart(*first.to_join);
    heard.trust_until(steady_clock::now() + seconds{60});
    CHECK(board(table, "k").predecessor == first.to_join);
}

TEST_CASE("a flight that departed while the node was trusted takes nobody once the trust has ended") {
    coherence heard;
    flights table{heard};
    heard.trust_until(steady_clock::now() + milliseconds{1});
    const auto first = board(table, "k");
    table.depart(*first.to_join);
    heard.distrust();
    CHECK(board(table, "k").predecessor == first.to_join);
}

TEST_CASE("a landed flight wakes its passengers and leaves nothing behind") {
    boost::asio::io_context context;
    coherence heard;
    flights table{heard};
    const auto pilot = board(table, "k");
    table.depart(*pilot.to_join);
    table.land(*pilot.to_join, any_answer());
    const auto landed = test::run(context, landing_of(pilot.to_join, deadline::in(seconds{5})));
    REQUIRE(landed.has_value());
    CHECK(landed->content->body() == "{}");
    CHECK(table.size() == 0);
    CHECK(board(table, "k").is_pilot);
}

TEST_CASE("when a flight lands the next one becomes the current one") {
    coherence heard;
    flights table{heard};
    const auto first = board(table, "k");
    table.depart(*first.to_join);
    const auto second = board(table, "k");
    table.land(*first.to_join, any_answer());
    CHECK(board(table, "k").to_join == second.to_join);
    table.depart(*second.to_join);
    CHECK(board(table, "k").predecessor == second.to_join);
    table.land(*second.to_join, any_answer());
    CHECK(table.size() == 1);
}

TEST_CASE("an error lands like an answer and the key can be flown again") {
    boost::asio::io_context context;
    coherence heard;
    flights table{heard};
    const auto pilot = board(table, "k");
    table.depart(*pilot.to_join);
    table.land(*pilot.to_join, errc::overloaded);
    CHECK(test::run(context, landing_of(pilot.to_join, deadline::in(seconds{5}))).error() ==
          errc::overloaded);
    CHECK(board(table, "k").is_pilot);
}

TEST_CASE("a flight that has read nothing it will serve takes passengers again") {
    coherence heard;
    flights table{heard};
    const auto first = board(table, "k");
    table.depart(*first.to_join);
    table.reopen(*first.to_join);
    CHECK(board(table, "k").to_join == first.to_join);
    table.depart(*first.to_join);
    CHECK(board(table, "k").to_join != first.to_join);
}

TEST_CASE("a passenger whose own deadline comes first leaves the flight to the others") {
    boost::asio::io_context context;
    coherence heard;
    flights table{heard};
    const auto pilot = board(table, "k");
    const auto early = test::run(context, landing_of(pilot.to_join, deadline::in(milliseconds{1})));
    CHECK(early.error() == errc::timeout);
    table.depart(*pilot.to_join);
    table.land(*pilot.to_join, any_answer());
    CHECK(test::run(context, landing_of(pilot.to_join, deadline::in(seconds{5}))).has_value());
}

}  // namespace
}  // namespace weir
