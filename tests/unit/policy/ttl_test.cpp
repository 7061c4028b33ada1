#include "weir/policy/ttl.hpp"

#include "weir/base/hash.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>

namespace weir::ttl_test {

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

TEST_CASE("no entry is kept for longer than its policy's longest life") {
    using namespace weir;
    ttl_policy declared{.ttl = seconds{300}, .jitter = seconds{30}, .negative_ttl = seconds{5}};
    declared.stale_while_revalidate = seconds{10};
    declared.stale_if_error = seconds{60};
    CHECK(life_max(declared) == seconds{390});
    const auto made = make_entry(declared, "{}", unix_ms{}, microseconds{0}, 1);
    CHECK(made.hard_expiry - unix_ms{} == life_max(declared));
    declared = {.negative_ttl = seconds{900}};
    CHECK(life_max(declared) == seconds{900});
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
    CHECK(e.body().empty());
}

TEST_CASE("without a negative TTL an absence is expired from the start") {
    const weir::ttl_policy none{milliseconds{1000}, milliseconds{0}, milliseconds{0}};
    const auto e = weir::make_entry(none, std::nullopt, start, weir::microseconds{1}, 0.5);
    CHECK(weir::judge(e, start) == weir::freshness::expired);
}

namespace {

// ttl 300 s, no jitter; windows of 30 s and 3600 s.
weir::ttl_policy with_windows() {
    weir::ttl_policy p{milliseconds{300'000}, milliseconds{0}, milliseconds{10'000}};
    p.stale_while_revalidate = milliseconds{30'000};
    p.stale_if_error = milliseconds{3'600'000};
    return p;
}

constexpr weir::microseconds cost{100'000};

}  // namespace

TEST_CASE("an entry is stored for its TTL and the longer of its windows") {
    auto p = with_windows();
    const auto e = weir::make_entry(p, "{}", start, cost, 0.5);
    CHECK(e.soft_expiry == start + milliseconds{300'000});
    CHECK(e.hard_expiry == start + milliseconds{3'900'000});
    p.stale_if_error = milliseconds{0};
    CHECK(weir::make_entry(p, "{}", start, cost, 0.5).hard_expiry == start + milliseconds{330'000});
    CHECK(weir::make_entry(p, std::nullopt, start, cost, 0.5).hard_expiry == start + milliseconds{10'000});
}

TEST_CASE("an entry is fresh then served while it is refreshed then only instead of an error") {
    using weir::serving;
    const auto p = with_windows();
    const auto e = weir::make_entry(p, "{}", start, cost, 0.5);
    const auto at = [&](std::int64_t ms) { return weir::serving_of(e, p, start + milliseconds{ms}); };
    CHECK(at(0) == serving::fresh);
    CHECK(at(299'999) == serving::fresh);
    CHECK(at(300'000) == serving::while_refreshing);
    CHECK(at(329'999) == serving::while_refreshing);
    CHECK(at(330'000) == serving::if_load_fails);
    CHECK(at(3'899'999) == serving::if_load_fails);
    CHECK(at(3'900'000) == serving::never);
}

TEST_CASE("windows that were narrowed count for entries that were stored before") {
    auto p = with_windows();
    const auto e = weir::make_entry(p, "{}", start, cost, 0.5);
    p.stale_while_revalidate = p.stale_if_error = milliseconds{0};
    CHECK(weir::serving_of(e, p, start + milliseconds{300'000}) == weir::serving::never);
    // And widened ones do not: nothing is served past the hard expiry.
    p.stale_while_revalidate = std::chrono::hours{24};
    CHECK(weir::serving_of(e, p, start + milliseconds{3'899'999}) == weir::serving::while_refreshing);
    CHECK(weir::serving_of(e, p, start + milliseconds{3'900'000}) == weir::serving::never);
}

TEST_CASE("an absence has no windows") {
    const auto p = with_windows();
    auto e = weir::make_entry(p, std::nullopt, start, cost, 0.5);
    e.hard_expiry = start + milliseconds{1'000'000};
    CHECK(weir::serving_of(e, p, start + milliseconds{9'999}) == weir::serving::fresh);
    CHECK(weir::serving_of(e, p, start + milliseconds{10'000}) == weir::serving::never);
}

// With a load cost of 100 ms and r = 1 - 1/e the draw is 100 ms before the expiry.
TEST_CASE("an entry is due by its load cost times beta times an exponential draw before its expiry") {
    auto p = with_windows();
    const auto e = weir::make_entry(p, "{}", start, cost, 0.5);
    const double draw = 1 - 1 / 2.718281828459045;
    const auto before = [&](std::int64_t ms) { return e.soft_expiry - milliseconds{ms}; };
    CHECK(weir::is_due(e, p, before(99), draw));
    CHECK_FALSE(weir::is_due(e, p, before(101), draw));
    p.early_refresh = 3;
    CHECK(weir::is_due(e, p, before(299), draw));
    CHECK_FALSE(weir::is_due(e, p, before(301), draw));
    CHECK_FALSE(weir::is_due(e, p, before(1), 0.0));
    CHECK(weir::is_due(e, p, before(0), 0.0));
    p.early_refresh = 0;
    CHECK_FALSE(weir::is_due(e, p, before(0), 0.999999));
    CHECK_FALSE(weir::may_be_due(e, p, before(0)));
}

TEST_CASE("the nearer the expiry the more requests find an entry due and far from it none does") {
    const auto p = with_windows();
    const auto e = weir::make_entry(p, "{}", start, cost, 0.5);
    std::mt19937_64 random{11};
    std::uniform_real_distribution<double> draw{0.0, 1.0};
    const auto share_due = [&](std::int64_t ms_before) {
        int due = 0;
        for (int i = 0; i < 20'000; ++i) {
            const auto now = e.soft_expiry - milliseconds{ms_before};
            const bool is_due = weir::is_due(e, p, now, draw(random));
            REQUIRE((!is_due || weir::may_be_due(e, p, now)));
            if (is_due) ++due;
        }
        return due / 20'000.0;
    };
    // exp(-left / cost)
    CHECK(std::abs(share_due(50) - 0.607) < 0.02);
    CHECK(std::abs(share_due(100) - 0.368) < 0.02);
    CHECK(std::abs(share_due(300) - 0.050) < 0.01);
    CHECK(share_due(2300) < 0.001);
    CHECK_FALSE(weir::may_be_due(e, p, e.soft_expiry - milliseconds{2301}));
}

TEST_CASE("a source that lets its answer live shorter than declared is followed") {
    using namespace weir;
    const ttl_policy declared{
        .ttl = seconds{300}, .negative_ttl = seconds{30}, .stale_if_error = seconds{60}};
    load_result loaded{"{}"};
    loaded.lifetime = seconds{20};
    const auto shorter = make_entry(declared, loaded, unix_ms{}, microseconds{0}, 0);
    CHECK(shorter.soft_expiry == unix_ms{} + seconds{20});
    CHECK(shorter.hard_expiry == unix_ms{} + seconds{80});
    loaded.lifetime = seconds{3000};
    CHECK(make_entry(declared, loaded, unix_ms{}, microseconds{0}, 0).soft_expiry ==
          unix_ms{} + seconds{300});
}

}  // namespace weir::ttl_test
