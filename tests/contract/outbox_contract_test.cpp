// What every outbox does.
#include "shop_database.hpp"
#include "support/catch.hpp"

using namespace weir;
using namespace weir::test;

namespace {

using words = std::vector<std::string>;

// Deliveries are function objects here, so that no coroutine lambda has captures to outlive.
awaitable<result<void>> keep(std::vector<outbox_row> rows, words& seen) {
    for (const auto& line : in_words(rows)) seen.push_back(line);
    co_return result<void>{};
}

awaitable<result<void>> fail(errc with) {
    co_return with;
}

awaitable<result<void>> look_again(shop_database& shop, std::optional<std::size_t>& count) {
    const auto nested = co_await shop.pending().deliver_pending(
        10, [](std::vector<outbox_row>) { return fail(errc::rejected); }, soon());
    if (nested) count = *nested;
    co_return result<void>{};
}

awaitable<void> delivers_in_order(shop_database& shop) {
    shop.insert_behind({"a"});
    shop.insert_behind({"b"});
    shop.insert_behind({"c"});
    words seen;
    const auto deliver = [&seen](std::vector<outbox_row> rows) { return keep(std::move(rows), seen); };
    for (const std::size_t expected : {2U, 1U, 0U}) {
        const auto count = co_await shop.pending().deliver_pending(2, deliver, soon());
        REQUIRE(count.has_value());
        CHECK(*count == expected);
    }
    CHECK(seen == words{"items id=a locale=en", "items id=b locale=en", "items id=c locale=en"});
    CHECK(shop.pending_count() == 0);
}

awaitable<void> keeps_what_failed(shop_database& shop) {
    shop.insert_behind({"a", "b"});
    const auto refuse = [](std::vector<outbox_row>) { return fail(errc::unavailable); };
    const auto failed = co_await shop.pending().deliver_pending(10, refuse, soon());
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error() == errc::unavailable);
    CHECK(shop.pending_count() == 2);
    words seen;
    const auto deliver = [&seen](std::vector<outbox_row> rows) { return keep(std::move(rows), seen); };
    const auto count = co_await shop.pending().deliver_pending(10, deliver, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 2);
}

awaitable<void> skips_what_others_deliver(shop_database& shop) {
    shop.insert_behind({"a", "b"});
    std::optional<std::size_t> nested;
    const auto deliver = [&](std::vector<outbox_row>) { return look_again(shop, nested); };
    const auto count = co_await shop.pending().deliver_pending(10, deliver, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 2);
    REQUIRE(nested);
    CHECK(*nested == 0);
}

awaitable<void> leaves_settled_rows_alone(shop_database& shop) {
    const std::vector<sql_value> create{"a", "en", "5"};
    const auto made = co_await shop.writes().apply(shop.create(), create, soon());
    REQUIRE(made.has_value());
    const auto ids = ids_of(made->outbox_rows);
    const auto settled = co_await shop.writes().settle(ids, soon());
    REQUIRE(settled.has_value());
    const auto refuse = [](std::vector<outbox_row>) { return fail(errc::rejected); };
    const auto count = co_await shop.pending().deliver_pending(10, refuse, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 0);
}

}  // namespace

TEST_CASE("an outbox delivers what is pending in order and in batches") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), delivers_in_order);
}

TEST_CASE("an outbox keeps the rows whose delivery failed") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), keeps_what_failed);
}

TEST_CASE("an outbox skips the rows that someone else is delivering") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), skips_what_others_deliver);
}

TEST_CASE("an outbox does not deliver what was settled") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), leaves_settled_rows_alone);
}
