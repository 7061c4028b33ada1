// When the resources of a table are forgotten because its changes are not recorded.
#include "weir/schema/table_states.hpp"

#include "support/catch.hpp"

namespace weir::table_history_test {
namespace {

using cause = table_history::cause;

constexpr table_history::time_point start{seconds{1000}};
constexpr seconds interval{10};

std::vector<table_state> items(bool is_recorded, std::string identity) {
    return {{"items", is_recorded, {std::move(identity), {}, {}}}};
}

TEST_CASE("a table that is recorded and stays the same is never due") {
    table_history h{interval};
    for (int i = 0; i < 5; ++i) CHECK(h.due(items(true, "a"), start + i * interval).empty());
}

TEST_CASE("a table that is replaced or altered is due once until it is settled") {
    table_history h{interval};
    h.due(items(true, "a"), start);
    for (int i = 0; i < 2; ++i) {
        const auto due = h.due(items(true, "b"), start + seconds{1});
        REQUIRE(due.size() == 1);
        CHECK(due[0].why == cause::replaced);
    }
    h.settle(items(true, "b")[0], start + seconds{1});
    CHECK(h.due(items(true, "b"), start + seconds{100}).empty());
    CHECK(h.due(items(true, "a"), start + seconds{101}).size() == 1);
}

TEST_CASE("what has happened to a table is told apart") {
    const table_identity before{"1", "1", "1"};
    const std::pair<table_identity, cause> cases[]{
        {{"1", "1", "2"}, cause::rewritten},        {{"1", "2", "1"}, cause::triggers_altered},
        {{"1", "2", "2"}, cause::triggers_altered}, {{"2", "1", "1"}, cause::replaced},
        {{"2", "2", "2"}, cause::replaced},
    };
    for (const auto& [now, why] : cases) {
        table_history h{interval};
        h.due({{"items", true, before}}, start);
        const auto due = h.due({{"items", true, now}}, start);
        REQUIRE(due.size() == 1);
        CHECK(due[0].why == why);
    }
}

TEST_CASE("a table that is not recorded is due in each interval and once more when it is recorded again") {
    table_history h{interval};
    h.due(items(true, "a"), start);
    const auto off = items(false, "a, disabled");
    REQUIRE(h.due(off, start + seconds{1}).size() == 1);
    h.settle(off[0], start + seconds{1});
    CHECK(h.due(off, start + seconds{5}).empty());
    const auto due = h.due(off, start + seconds{11});
    REQUIRE(due.size() == 1);
    CHECK(due[0].why == cause::unrecorded);
    h.settle(off[0], start + seconds{11});
    CHECK(h.due(items(true, "a, enabled"), start + seconds{12}).size() == 1);
}

TEST_CASE("a table that is not recorded at the first look is due at once") {
    table_history h{interval};
    REQUIRE(h.due(items(false, ""), start).size() == 1);
    REQUIRE(h.due(items(false, ""), start + seconds{1}).size() == 1);
    h.settle(items(false, "")[0], start + seconds{1});
    CHECK(h.due(items(false, ""), start + seconds{2}).empty());
}

TEST_CASE("tables are due each for itself") {
    table_history h{interval};
    h.due({{"a", true, {"1", {}, {}}}, {"b", true, {"1", {}, {}}}}, start);
    const auto due = h.due({{"a", true, {"1", {}, {}}}, {"b", true, {"2", {}, {}}}}, start);
    REQUIRE(due.size() == 1);
    CHECK(due[0].state.table == "b");
}

}  // namespace

}  // namespace weir::table_history_test
