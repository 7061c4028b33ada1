#include "weir/cache/flights.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

namespace weir {
namespace {

answer any_answer() {
    entry e;
    e.body = "{}";
    return {std::make_shared<const entry>(std::move(e)), {}};
}

TEST_CASE("requests that come before the first read share one flight") {
    flights table;
    const auto first = table.board("k");
    const auto second = table.board("k");
    CHECK(first.is_pilot);
    CHECK_FALSE(second.is_pilot);
    CHECK(first.to_join == second.to_join);
    CHECK(table.board("other").to_join != first.to_join);
}

TEST_CASE("a request that comes after the first read was sent shares the next flight and not this one") {
    flights table;
    const auto first = table.board("k");
    table.depart(*first.to_join);
    const auto late = table.board("k");
    const auto later = table.board("k");
    CHECK(late.is_pilot);
    CHECK(late.predecessor == first.to_join);
    CHECK(late.to_join != first.to_join);
    CHECK(later.to_join == late.to_join);
    CHECK_FALSE(later.is_pilot);
}

TEST_CASE("a landed flight wakes its passengers and leaves nothing behind") {
    boost::asio::io_context context;
    flights table;
    const auto pilot = table.board("k");
    table.depart(*pilot.to_join);
    table.land(*pilot.to_join, any_answer());
    const auto landed = test::run(context, pilot.to_join->wait(deadline::in(seconds{5})));
    REQUIRE(landed.has_value());
    CHECK(landed->content->body == "{}");
    CHECK(table.size() == 0);
    CHECK(table.board("k").is_pilot);
}

TEST_CASE("when a flight lands the next one becomes the current one") {
    flights table;
    const auto first = table.board("k");
    table.depart(*first.to_join);
    const auto second = table.board("k");
    table.land(*first.to_join, any_answer());
    CHECK(table.board("k").to_join == second.to_join);
    table.depart(*second.to_join);
    CHECK(table.board("k").predecessor == second.to_join);
    table.land(*second.to_join, any_answer());
    CHECK(table.size() == 1);
}

TEST_CASE("an error lands like an answer and the key can be flown again") {
    boost::asio::io_context context;
    flights table;
    const auto pilot = table.board("k");
    table.depart(*pilot.to_join);
    table.land(*pilot.to_join, errc::overloaded);
    CHECK(test::run(context, pilot.to_join->wait(deadline::in(seconds{5}))).error() == errc::overloaded);
    CHECK(table.board("k").is_pilot);
}

TEST_CASE("a flight that has read nothing it will serve takes passengers again") {
    flights table;
    const auto first = table.board("k");
    table.depart(*first.to_join);
    table.reopen(*first.to_join);
    CHECK(table.board("k").to_join == first.to_join);
    table.depart(*first.to_join);
    CHECK(table.board("k").to_join != first.to_join);
}

TEST_CASE("a passenger whose own deadline comes first leaves the flight to the others") {
    boost::asio::io_context context;
    flights table;
    const auto pilot = table.board("k");
    const auto early = test::run(context, pilot.to_join->wait(deadline::in(milliseconds{1})));
    CHECK(early.error() == errc::timeout);
    table.depart(*pilot.to_join);
    table.land(*pilot.to_join, any_answer());
    CHECK(test::run(context, pilot.to_join->wait(deadline::in(seconds{5}))).has_value());
}

}  // namespace
}  // namespace weir
