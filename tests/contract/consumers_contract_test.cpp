// What every outbox does for several consumers.
#include "shop_database.hpp"
#include "support/catch.hpp"

namespace weir::consumers_contract_test {

using namespace weir::test;

namespace {

awaitable<result<void>> fine(std::vector<outbox_row> /*rows*/) {
    co_return result<void>{};
}

awaitable<std::size_t> deliver_all(shop_database& shop) {
    const auto count = co_await shop.pending().deliver_pending(100, fine, soon());
    REQUIRE(count.has_value());
    co_return *count;
}

awaitable<std::size_t> deliver_to_other(shop_database& shop) {
    const auto count = co_await shop.other_pending().deliver_pending(100, fine, soon());
    REQUIRE(count.has_value());
    co_return *count;
}

awaitable<registration> other_enters(shop_database& shop, milliseconds lifetime = seconds{60}) {
    const auto facts = shop.facts_of("two", lifetime);
    const auto entered = co_await shop.other_pending().enter(facts, soon());
    REQUIRE(entered.has_value());
    co_return *entered;
}

awaitable<void> keeps_a_row_until_all_have_marked_it(shop_database& shop) {
    co_await other_enters(shop);
    shop.insert_behind({"a"});
    auto count = co_await deliver_all(shop);
    CHECK(count == 1);
    count = co_await deliver_all(shop);
    CHECK(count == 0);
    CHECK(shop.pending_count() == 1);
    count = co_await deliver_to_other(shop);
    CHECK(count == 1);
    CHECK(shop.pending_count() == 0);
    CHECK(shop.retained_count() == 1);
}

awaitable<void> gives_a_write_to_others_at_once(shop_database& shop) {
    co_await other_enters(shop);
    const std::vector<sql_value> create{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    auto count = co_await deliver_all(shop);
    CHECK(count == 0);
    count = co_await deliver_to_other(shop);
    CHECK(count == 1);
    CHECK(shop.pending_count() == 1);
    const auto settled = co_await shop.writes().settle(ids_of(made->outbox_rows), soon());
    CHECK(settled.has_value());
    CHECK(shop.pending_count() == 0);
}

awaitable<void> replays_for_one(shop_database& shop) {
    co_await other_enters(shop);
    shop.insert_behind({"a"});
    co_await deliver_all(shop);
    co_await deliver_to_other(shop);
    const auto first = co_await shop.other_pending().admit("new", soon());
    REQUIRE(first.has_value());
    CHECK_FALSE(*first);
    auto count = co_await deliver_all(shop);
    CHECK(count == 0);
    count = co_await deliver_to_other(shop);
    CHECK(count == 1);
    const auto second = co_await shop.other_pending().admit("new", soon());
    REQUIRE(second.has_value());
    CHECK(*second);
}

awaitable<void> names_what_is_owed(shop_database& shop) {
    const auto own = shop.facts_of("one");
    shop.insert_behind({"a"});
    const auto alone = co_await shop.pending().enter(own, soon());
    REQUIRE(alone.has_value());
    CHECK(alone->oldest_owed == 0);  // none waits for it
    co_await other_enters(shop);
    shop.insert_behind({"b"});
    const auto beside = co_await shop.pending().enter(own, soon());
    REQUIRE(beside.has_value());
    const auto other = co_await other_enters(shop);
    CHECK(beside->oldest_owed != 0);
    CHECK(other.oldest_owed == beside->oldest_owed);
    co_await shop.pending().deliver_pending(1, fine, soon());
    const auto later = co_await shop.pending().enter(own, soon());
    REQUIRE(later.has_value());
    CHECK(later->oldest_owed > beside->oldest_owed);
    co_await deliver_all(shop);
    const auto at_last = co_await shop.pending().enter(own, soon());
    REQUIRE(at_last.has_value());
    CHECK(at_last->oldest_owed == 0);
    const auto still = co_await other_enters(shop);
    CHECK(still.oldest_owed == beside->oldest_owed);
}

awaitable<void> waits_for_the_living(shop_database& shop) {
    co_await other_enters(shop);
    shop.insert_behind({"a"});
    co_await deliver_all(shop);
    CHECK(shop.pending_count() == 1);
    const auto left = co_await shop.other_pending().leave(milliseconds{0}, soon());
    CHECK(left.has_value());
    const auto forgotten = co_await shop.pending().forget(seconds{60}, 100, soon());
    CHECK(forgotten.has_value());
    CHECK(shop.pending_count() == 0);
    const auto count = co_await deliver_to_other(shop);
    CHECK(count == 0);  // it is not registered any more
}

awaitable<void> begins_anew_after_a_lapse(shop_database& shop) {
    const auto first = co_await other_enters(shop);
    CHECK(first.has_others);
    CHECK_FALSE(first.is_open);
    auto opened = co_await shop.other_pending().open({}, soon());
    REQUIRE(opened.has_value());
    CHECK(*opened);
    const auto again = co_await other_enters(shop);
    CHECK(again.is_open);
    CHECK(again.incarnation == first.incarnation);
    co_await shop.other_pending().leave(milliseconds{0}, soon());
    opened = co_await shop.other_pending().open({}, soon());
    REQUIRE(opened.has_value());
    CHECK_FALSE(*opened);
    const auto late = co_await other_enters(shop);
    CHECK(late.id == first.id);
    CHECK(late.incarnation == first.incarnation + 1);
    CHECK_FALSE(late.is_open);
}

// No other consumer was alive, so nothing was settled without it.
awaitable<void> resumes_when_it_was_alone(shop_database& shop) {
    const auto before = co_await shop.pending().open({}, soon());
    REQUIRE(before.has_value());
    co_await shop.pending().leave(milliseconds{0}, soon());
    shop.insert_behind({"a"});
    const auto facts = shop.facts_of("one");
    const auto back = co_await shop.pending().enter(facts, soon());
    REQUIRE(back.has_value());
    CHECK(back->incarnation == 1);
    CHECK(back->is_open);
    const auto count = co_await deliver_all(shop);
    CHECK(count == 1);
}

awaitable<void> retains_for_the_longest(shop_database& shop) {
    auto facts = shop.facts_of("two");
    facts.retention = seconds{600};
    const auto entered = co_await shop.other_pending().enter(facts, soon());
    REQUIRE(entered.has_value());
    shop.insert_behind({"a"});
    co_await deliver_all(shop);
    co_await deliver_to_other(shop);
    const auto kept = co_await shop.pending().forget(milliseconds{0}, 100, soon());
    REQUIRE(kept.has_value());
    CHECK(*kept == 0);
    co_await shop.other_pending().leave(milliseconds{0}, soon());
    const auto removed = co_await shop.pending().forget(milliseconds{0}, 100, soon());
    REQUIRE(removed.has_value());
    CHECK(*removed == 1);
}

}  // namespace

TEST_CASE("beside others a registration names the row that is owed for longest") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), names_what_is_owed);
}

TEST_CASE("an outbox keeps a row until every live consumer has marked it") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), keeps_a_row_until_all_have_marked_it);
}

TEST_CASE("what a consumer writes is due to the others at once") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), gives_a_write_to_others_at_once);
}

TEST_CASE("a replay is one consumer's own") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), replays_for_one);
}

TEST_CASE("a consumer that has expired is waited for no longer and settles nothing") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), waits_for_the_living);
}

TEST_CASE("a registration that lapsed while others were alive comes back as another incarnation") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), begins_anew_after_a_lapse);
}

TEST_CASE("a registration that lapsed while no other was alive goes on and misses nothing") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), resumes_when_it_was_alone);
}

TEST_CASE("an outbox retains rows for the consumer that needs them longest") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), retains_for_the_longest);
}

}  // namespace weir::consumers_contract_test
