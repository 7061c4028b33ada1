// What every loader does.
#include "shop_database.hpp"
#include "support/catch.hpp"

namespace weir::loader_contract_test {

using namespace weir::test;

namespace {

using values = std::vector<std::string>;

awaitable<void> reads(shop_database& shop) {
    const std::vector<sql_value> a{"a", "en", "5"};
    const std::vector<sql_value> b{"b", "en", "6"};
    const auto made_a = co_await shop.writes().commit(shop.create(), a, soon());
    REQUIRE(made_a.has_value());
    const auto made_b = co_await shop.writes().commit(shop.create(), b, soon());
    REQUIRE(made_b.has_value());
    const values id{"a"};
    const auto item = co_await shop.reads().load(shop.item(), id, soon());
    REQUIRE(item.has_value());
    CHECK(item->body == R"({"id":"a","price":5})");
    const values locale{"en"};
    const auto items = co_await shop.reads().load(shop.items(), locale, soon());
    REQUIRE(items.has_value());
    CHECK(items->body == R"(["a", "b"])");
    const values other{"id"};
    const auto none = co_await shop.reads().load(shop.items(), other, soon());
    REQUIRE(none.has_value());
    CHECK(none->body == "[]");
}

awaitable<void> finds_nothing(shop_database& shop) {
    const values id{"a"};
    const auto item = co_await shop.reads().load(shop.item(), id, soon());
    REQUIRE(item.has_value());
    CHECK_FALSE(item->body.has_value());
}

awaitable<void> sees_what_was_written_before(shop_database& shop) {
    const std::vector<sql_value> create{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    const values id{"a"};
    for (const char* price : {"6", "7", "8"}) {
        const std::vector<sql_value> update{"a", std::nullopt, price};
        const auto written = co_await shop.writes().commit(shop.update(), update, soon());
        REQUIRE(written.has_value());
        const auto item = co_await shop.reads().load(shop.item(), id, soon());
        REQUIRE(item.has_value());
        CHECK(item->body == std::string(R"({"id":"a","price":)") + price + '}');
    }
}

}  // namespace

TEST_CASE("a loader gives the body of a row and of a list") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), reads);
}

TEST_CASE("a loader gives nothing when the query completed without a row") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), finds_nothing);
}

TEST_CASE("a loader sees every write that was acknowledged before it began") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), sees_what_was_written_before);
}

}  // namespace weir::loader_contract_test
