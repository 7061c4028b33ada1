#include "../../../lib/l1/src/ghosts.hpp"

#include "weir/base/hash.hpp"

#include "support/catch.hpp"

#include <string>

namespace weir::ghosts_test {

using weir::ghosts;
using weir::gone_from;

namespace {

constexpr std::size_t entries = 1000;

std::uint64_t key(int number) {
    return weir::hash64("k" + std::to_string(number));
}

ghosts table_for(std::size_t how_many) {
    ghosts table;
    table.make_room_for(how_many);
    return table;
}

}  // namespace

TEST_CASE("a ghost says how often its key was asked for and where it went from") {
    ghosts table = table_for(entries);
    CHECK_FALSE(table.recall(key(1)).has_value());
    table.remember(key(1), gone_from::main, 7, entries);
    const auto known = table.recall(key(1));
    REQUIRE(known.has_value());
    CHECK(known->from == gone_from::main);
    CHECK(known->frequency == 7);
    CHECK(known->is_recent);
    CHECK_FALSE(table.recall(key(2)).has_value());
    table.forget(key(1));
    CHECK_FALSE(table.recall(key(1)).has_value());
}

// Whether few or many: the clock's steps are parts of what there is.
TEST_CASE("a ghost is recent while no more keys have left than there are entries") {
    for (const std::size_t count : {5U, 100U, 1000U, 20'000U}) {
        ghosts table = table_for(count * 100);  // so that nothing takes its place
        table.remember(key(0), gone_from::small, 1, count);
        const int most = static_cast<int>(count);
        const int slack = most / 50 + 1;
        for (int i = 1; i < most - slack; ++i) table.remember(key(i), gone_from::small, 1, count);
        REQUIRE(table.recall(key(0)).has_value());
        CHECK(table.recall(key(0))->is_recent);
        for (int i = 0; i < 2 * slack + 1; ++i) table.remember(key(most + i), gone_from::small, 1, count);
        CHECK_FALSE(table.recall(key(0))->is_recent);
    }
}

TEST_CASE("most ghosts stay when the table grows") {
    ghosts table = table_for(entries);
    for (int i = 0; i < 500; ++i) table.remember(key(i), gone_from::small, 3, entries);
    int before = 0;
    for (int i = 0; i < 500; ++i) before += table.recall(key(i)) ? 1 : 0;
    table.make_room_for(entries + 100);
    int after = 0;
    for (int i = 0; i < 500; ++i) after += table.recall(key(i)) ? 1 : 0;
    CHECK(before > 400);
    CHECK(after > before / 2);
}

}  // namespace weir::ghosts_test
