#include "weir/policy/ttl.hpp"

#include "weir/base/hash.hpp"

#include "support/catch.hpp"

#include <random>

using weir::milliseconds;

namespace {

const weir::unix_ms start{milliseconds{1'767'323'045'678}};
const weir::ttl_policy products{milliseconds{300'000}, milliseconds{30'000}, milliseconds{10'000}};

}  // namespace

TEST_CASE("a jittered TTL lies between the TTL and the TTL with all of its jitter") {
    std::mt19937_64 random{7};
    std::uniform_real_distribution<double> share{0.0, 1.0};
    std::uniform_int_distribution<int> any{0, 10'000'000};
    for (int i = 0; i < 20'000; ++i) {
        const milliseconds ttl{any(random)};
        const milliseconds jitter{any(random)};
        const milliseconds out = weir::jittered(ttl, jitter, share(random));
        REQUIRE((out >= ttl && out <= ttl + jitter));
    }
}

TEST_CASE("jitter spreads expiries over its whole range") {
    CHECK(weir::jittered(milliseconds{300'000}, milliseconds{30'000}, 0.0) == milliseconds{300'000});
    CHECK(weir::jittered(milliseconds{300'000}, milliseconds{30'000}, 0.5) == milliseconds{315'000});
    CHECK(weir::jittered(milliseconds{300'000}, milliseconds{30'000}, 0.99999) > milliseconds{329'990});
}

TEST_CASE("jitter stays in its range whatever the random source returns") {
    CHECK(weir::jittered(milliseconds{100}, milliseconds{10}, 1.0) == milliseconds{110});
    CHECK(weir::jittered(milliseconds{100}, milliseconds{10}, 2.0) == milliseconds{110});
    CHECK(weir::jittered(milliseconds{100}, milliseconds{10}, -1.0) == milliseconds{100});
}

TEST_CASE("a value counts its life from the start of its load") {
    const auto e = weir::make_entry(products, "{}", start, weir::microseconds{1830}, 0.5);
    CHECK(e.kind == weir::entry_kind::value);
    CHECK(e.load_start == start);
    CHECK(e.soft_expiry == start + milliseconds{315'000});
    CHECK(e.hard_expiry == e.soft_expiry);
    CHECK(e.load_cost == weir::microseconds{1830});
    CHECK(e.etag == weir::hash128_hex("{}"));
}

TEST_CASE("an absence lives for the negative TTL") {
    const auto e = weir::make_entry(products, std::nullopt, start, weir::microseconds{1}, 0.9);
    CHECK(e.kind == weir::entry_kind::absence);
    CHECK(e.hard_expiry == start + milliseconds{10'000});
    CHECK(e.etag.empty());
    CHECK(e.body.empty());
}

TEST_CASE("without a negative TTL an absence is expired from the start") {
    const weir::ttl_policy none{milliseconds{1000}, milliseconds{0}, milliseconds{0}};
    const auto e = weir::make_entry(none, std::nullopt, start, weir::microseconds{1}, 0.5);
    CHECK(weir::judge(e, start) == weir::freshness::expired);
}
