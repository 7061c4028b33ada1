// The checker's own judge, fed with fabricated answers: a checker that cannot fail shows nothing.
#include "checker/history.hpp"

#include "support/catch.hpp"

namespace weir::checker::history_test {
namespace {

using namespace std::chrono_literals;

void write(history& h, std::size_t row, write_kind kind, moment at) {
    const int version = h.issue(row);
    h.wrote(row, version, kind, at);
}

TEST_CASE(
    "an older version in a GET begun after an acknowledgement is a violation and says how stale it is") {
    history h(2);
    write(h, 1, write_kind::acknowledged, 10ms);
    write(h, 1, write_kind::acknowledged, 20ms);
    write(h, 1, write_kind::acknowledged, 30ms);
    const verdict stale = h.read(1, 1, 50ms);
    REQUIRE(stale.broken);
    CHECK(stale.broken->expected == 3);
    CHECK(stale.broken->acknowledged_at == 20ms);  // since then the answer was wrong
    CHECK(stale.broken->staleness == 30ms);
    CHECK(stale.lacks_a_write);
}

TEST_CASE("a GET begun before the acknowledgement may show either version") {
    history h(1);
    write(h, 0, write_kind::acknowledged, 10ms);
    CHECK(!h.read(0, 0, 9ms).broken);
    CHECK(!h.read(0, 1, 9ms).broken);
    CHECK(h.read(0, 0, 10ms).broken);
}

TEST_CASE("only the acknowledgements before a GET began are expected of it") {
    history h(1);
    write(h, 0, write_kind::acknowledged, 10ms);
    write(h, 0, write_kind::acknowledged, 20ms);
    const verdict stale = h.read(0, 0, 15ms);
    REQUIRE(stale.broken);
    CHECK(stale.broken->expected == 1);
    CHECK(stale.broken->staleness == 5ms);
}

TEST_CASE("a newer version than the acknowledged one is fine whoever wrote it") {
    history h(1);
    write(h, 0, write_kind::acknowledged, 10ms);
    const int unknown = h.issue(0);  // its writer got no answer; it may have been committed
    CHECK(!h.read(0, unknown, 20ms).broken);
    CHECK(!h.read(0, 1, 20ms).broken);
    CHECK(h.read(0, 0, 20ms).broken);
}

TEST_CASE("a version that was never written is a violation") {
    history h(1);
    const verdict invented = h.read(0, 1, 5ms);
    REQUIRE(invented.broken);
    CHECK(invented.broken->expected == never_expected);
}

TEST_CASE("an answer without the row is older than every version") {
    history h(1);
    const verdict gone = h.read(0, absent, 5ms);
    REQUIRE(gone.broken);
    CHECK(gone.broken->expected == 0);
    CHECK(gone.broken->staleness == 5ms);
}

TEST_CASE("a pending or bypassing write may be missed and how long it was is kept") {
    for (const write_kind kind : {write_kind::pending, write_kind::bypassing}) {
        history h(1);
        write(h, 0, kind, 10ms);
        const verdict early = h.read(0, 0, 14ms);
        CHECK(!early.broken);
        CHECK(early.lacks_a_write);
        h.read(0, 0, 12ms);
        h.read(0, 1, 60ms);
        write(h, 0, kind, 70ms);
        CHECK(h.unseen_times(kind) == std::vector<moment>{4ms, 0ms});
        CHECK(h.unseen_times(write_kind::acknowledged).empty());
    }
}

TEST_CASE("an acknowledged write behind a bypassing one is still expected") {
    history h(1);
    write(h, 0, write_kind::acknowledged, 10ms);
    write(h, 0, write_kind::bypassing, 20ms);
    const verdict stale = h.read(0, 0, 25ms);
    REQUIRE(stale.broken);
    CHECK(stale.broken->expected == 1);
    CHECK(stale.broken->staleness == 15ms);
    CHECK(h.unseen_times(write_kind::bypassing) == std::vector<moment>{5ms});
    CHECK(!h.read(0, 1, 25ms).broken);
}

TEST_CASE("rows are judged apart") {
    history h(2);
    write(h, 0, write_kind::acknowledged, 10ms);
    CHECK(!h.read(1, 0, 20ms).lacks_a_write);
}

}  // namespace

}  // namespace weir::checker::history_test
