// What every outbox does.
#include "weir/async/task.hpp"

#include "shop_database.hpp"
#include "support/catch.hpp"

namespace weir::outbox_contract_test {

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
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    const auto ids = ids_of(made->outbox_rows);
    const auto settled = co_await shop.writes().settle(ids, soon());
    REQUIRE(settled.has_value());
    const auto refuse = [](std::vector<outbox_row>) { return fail(errc::rejected); };
    const auto count = co_await shop.pending().deliver_pending(10, refuse, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 0);
}

awaitable<result<void>> fine(std::vector<outbox_row> /*rows*/) {
    co_return result<void>{};
}

// What is delivered within five seconds at the latest, since it was not due at once.
awaitable<std::vector<outbox_row>> delivered_in_time(shop_database& shop) {
    std::vector<outbox_row> rows;
    const auto deliver = [&rows](std::vector<outbox_row> taken) {
        rows = taken;
        return fine(std::move(taken));
    };
    const auto until = soon();
    while (rows.empty() && !until.passed()) {
        const auto count = co_await shop.pending().deliver_pending(10, deliver, until);
        CHECK(count.has_value());
        co_await sleep_for(milliseconds{5});
    }
    co_return rows;
}

awaitable<std::size_t> deliver_all(shop_database& shop) {
    const auto count = co_await shop.pending().deliver_pending(100, fine, soon());
    REQUIRE(count.has_value());
    co_return *count;
}

awaitable<void> leaves_own_rows_to_their_writer(shop_database& shop) {
    const std::vector<sql_value> create{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    shop.insert_behind({"b"});
    const auto count = co_await deliver_all(shop);
    CHECK(count == 1);
    CHECK(shop.pending_count() == 1);
    const auto rows = co_await delivered_in_time(shop);
    CHECK(in_words(rows) == words{"items id=a locale=en"});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].age >= milliseconds{350});
    CHECK(rows[0].age < milliseconds{5000});
}

awaitable<void> collapses_a_bulk_change(shop_database& shop) {
    shop.insert_behind({"a", "b", "c", "d", "e"});
    CHECK(shop.pending_count() == 5);
    const auto count = co_await deliver_all(shop);
    CHECK(count == 5);
    shop.insert_behind({"f", "g", "h", "i", "j", "k"});
    const auto rows = co_await delivered_in_time(shop);
    CHECK(in_words(rows) == words{"items as a whole"});
}

awaitable<void> forgets_what_was_settled_long_ago(shop_database& shop) {
    shop.insert_behind({"a", "b", "c"});
    co_await deliver_all(shop);
    shop.insert_behind({"d"});
    CHECK(shop.retained_count() == 3);
    for (const auto& [retention, removed] : {std::pair{milliseconds{3'600'000}, 0U},
                                             {milliseconds{0}, 2U},
                                             {milliseconds{0}, 1U},
                                             {milliseconds{0}, 0U}}) {
        const auto count = co_await shop.pending().forget(retention, 2, soon());
        REQUIRE(count.has_value());
        CHECK(*count == removed);
    }
    CHECK(shop.retained_count() == 0);
    CHECK(shop.pending_count() == 1);
}

awaitable<bool> admitted(shop_database& shop, std::string identity) {
    const auto answer = co_await shop.pending().admit(identity, soon());
    REQUIRE(answer.has_value());
    co_return *answer;
}

awaitable<void> admits_after_the_replay(shop_database& shop) {
    auto is_admitted = co_await admitted(shop, "first");
    CHECK(is_admitted);  // nothing was ever deleted
    shop.insert_behind({"a"});
    co_await deliver_all(shop);
    is_admitted = co_await admitted(shop, "first");
    CHECK(is_admitted);
    is_admitted = co_await admitted(shop, "second");
    CHECK_FALSE(is_admitted);
    is_admitted = co_await admitted(shop, "second");
    CHECK_FALSE(is_admitted);
    is_admitted = co_await admitted(shop, "first");
    CHECK_FALSE(is_admitted);  // it is unknown to which of the two the replay goes
    CHECK(shop.pending_count() == 1);
    const auto rows = co_await delivered_in_time(shop);
    CHECK(in_words(rows) == words{"items id=a locale=en"});
    is_admitted = co_await admitted(shop, "second");
    CHECK(is_admitted);
    CHECK(shop.pending_count() == 0);
}

// What was delivered to the server before must not count for the one that came after it.
awaitable<void> replays_what_is_being_settled(shop_database& shop) {
    const std::vector<sql_value> create{"a", "en", "5"};
    const auto made = co_await shop.writes().commit(shop.create(), create, soon());
    REQUIRE(made.has_value());
    auto is_admitted = co_await admitted(shop, "new");
    CHECK_FALSE(is_admitted);
    const auto settled = co_await shop.writes().settle(ids_of(made->outbox_rows), soon());
    CHECK(settled.has_value());
    CHECK(shop.pending_count() == 1);
    const auto count = co_await deliver_all(shop);
    CHECK(count == 1);
    is_admitted = co_await admitted(shop, "new");
    CHECK(is_admitted);
}

awaitable<result<void>> ask_meanwhile(shop_database& shop) {
    const auto answer = co_await shop.pending().admit("new", deadline::in(milliseconds{200}));
    CHECK_FALSE((answer && *answer));
    co_return result<void>{};
}

awaitable<void> replays_what_is_being_delivered(shop_database& shop) {
    shop.insert_behind({"a"});
    const auto deliver = [&](std::vector<outbox_row>) { return ask_meanwhile(shop); };
    const auto count = co_await shop.pending().deliver_pending(10, deliver, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 1);
    const auto rows = co_await delivered_in_time(shop);
    CHECK(in_words(rows) == words{"items id=a locale=en"});
    const auto is_admitted = co_await admitted(shop, "new");
    CHECK(is_admitted);
}

}  // namespace

TEST_CASE("an outbox leaves what a write recorded to its writer for a while") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), leaves_own_rows_to_their_writer);
}

TEST_CASE("an outbox has one row for a statement that changed many") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), collapses_a_bulk_change);
}

TEST_CASE("an outbox forgets what was settled long enough ago and nothing else") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), forgets_what_was_settled_long_ago);
}

TEST_CASE("an unknown identity is admitted when all that is retained was delivered again") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), admits_after_the_replay);
}

TEST_CASE("a writer cannot settle what is to be replayed") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), replays_what_is_being_settled);
}

TEST_CASE("a replay includes what was being delivered when it was asked for") {
    tell(GENERATE(as<std::string>{}, "fake", "postgres"), replays_what_is_being_delivered);
}

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

}  // namespace weir::outbox_contract_test
