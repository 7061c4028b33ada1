// What every write_store does.
#include "shop_database.hpp"
#include "support/catch.hpp"

namespace weir::write_store_contract_test {

using namespace weir::test;

namespace {

using words = std::vector<std::string>;
using values = std::vector<sql_value>;

awaitable<void> gives_row_and_images(shop_database& shop) {
    const values create{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    CHECK(made->row == R"({"id":"a"})");
    CHECK(in_words(made->outbox_rows) == words{"items id=a locale=en"});

    const values price{"a", std::nullopt, "6"};
    const auto same = co_await shop.writes().commit(shop.update(), price, soon());
    REQUIRE(same.has_value());
    CHECK(in_words(same->outbox_rows) == words{"items id=a locale=en"});

    const values move{"a", "id", std::nullopt};
    const auto moved = co_await shop.writes().commit(shop.update(), move, soon());
    REQUIRE(moved.has_value());
    auto images = in_words(moved->outbox_rows);
    std::sort(images.begin(), images.end());
    CHECK(images == words{"items id=a locale=en", "items id=a locale=id"});
    CHECK(shop.pending_count() == 4);
}

awaitable<void> settles(shop_database& shop) {
    const values a{"a", "en", "5"};
    const auto first = co_await shop.writes().commit(shop.create(), a, soon());
    REQUIRE(first.has_value());
    const values b{"b", "en", "5"};
    const auto second = co_await shop.writes().commit(shop.create(), b, soon());
    REQUIRE(second.has_value());
    CHECK(shop.pending_count() == 2);
    const auto ids = ids_of(first->outbox_rows);
    for (int i = 0; i < 2; ++i) {  // the second time, someone has been there before
        const auto settled = co_await shop.writes().settle(ids, soon());
        CHECK(settled.has_value());
        CHECK(shop.pending_count() == 1);
        CHECK(shop.retained_count() == 1);
    }
    const std::vector<std::int64_t> none;
    const auto nothing = co_await shop.writes().settle(none, soon());
    CHECK(nothing.has_value());
}

awaitable<void> no_row(shop_database& shop) {
    const values update{"nobody", "en", "5"};
    const auto outcome = co_await shop.writes().commit(shop.update(), update, soon());
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->row);
    CHECK(outcome->outbox_rows.empty());
    CHECK(shop.pending_count() == 0);
}

awaitable<void> refusals(shop_database& shop) {
    const values create{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    const auto again = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error() == errc::conflict);
    const values negative{"b", "en", "-5"};
    const auto broken = co_await shop.writes().commit(shop.create(), negative, soon());
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error() == errc::constraint);
    CHECK(shop.pending_count() == 1);
    const std::vector<std::string> id{"b"};
    const auto item = co_await shop.reads().load(shop.item(), id, soon());
    REQUIRE(item.has_value());
    CHECK_FALSE(item->body.has_value());
}

awaitable<void> too_late(shop_database& shop) {
    const values create{"a", "en", "5"};
    const auto late = co_await shop.writes().commit(shop.create(), create, deadline{steady_clock::now()});
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == errc::timeout);
    CHECK(shop.pending_count() == 0);
}

awaitable<void> names_missing_marks(shop_database& shop) {
    const values a{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), a, soon());
    REQUIRE(made.has_value());
    const auto ids = ids_of(made->outbox_rows);
    auto missing = co_await shop.writes().missing_marks(ids, soon());
    REQUIRE(missing.has_value());
    CHECK(missing->empty());  // this consumer's own is not among them

    const auto facts = shop.facts_of("two");
    const auto entered = co_await shop.other_pending().enter(facts, soon());
    REQUIRE(entered.has_value());
    missing = co_await shop.writes().missing_marks(ids, soon());
    REQUIRE(missing.has_value());
    REQUIRE(missing->size() == 1);
    CHECK(missing->front().outbox_id == ids.at(0));
    CHECK(missing->front().consumer == entered->id);

    const auto settled = co_await shop.other_writes().settle(ids, soon());
    CHECK(settled.has_value());
    missing = co_await shop.writes().missing_marks(ids, soon());
    REQUIRE(missing.has_value());
    CHECK(missing->empty());
    CHECK(shop.pending_count() == 1);
}

}  // namespace

TEST_CASE("a store names the live consumers that have not marked a row yet") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), names_missing_marks);
}

TEST_CASE("a write gives its row and the images before and after") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), gives_row_and_images);
}

TEST_CASE("settling retains just the rows that it names and may be repeated") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), settles);
}

TEST_CASE("a write that matches no row gives none and owes nothing") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), no_row);
}

TEST_CASE("a write refused by the database says why and leaves nothing behind") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), refusals);
}

TEST_CASE("a write past its deadline is not done") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), too_late);
}

}  // namespace weir::write_store_contract_test
