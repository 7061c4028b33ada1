#include "weir/l1/coherence.hpp"

#include "support/catch.hpp"

#include <array>
#include <vector>

namespace weir {
namespace {

using names = std::vector<std::string>;

constexpr coherence::time_point start{seconds{1000}};

TEST_CASE("a note is current until its key is forgotten") {
    coherence honest;
    const auto noted = honest.take("k", names{"all", "pages"});
    CHECK(honest.is_current(noted));
    honest.forget(names{"k"}, {});
    CHECK_FALSE(honest.is_current(noted));
    CHECK(honest.is_current(honest.take("k", names{"all", "pages"})));
}

TEST_CASE("a note is current until any of its tags is forgotten") {
    coherence honest;
    const names tags{"all", "pages"};
    for (const auto& tag : tags) {
        const auto noted = honest.take("k", tags);
        honest.forget({}, names{tag});
        CHECK_FALSE(honest.is_current(noted));
        CHECK_FALSE(honest.are_current(noted.tags()));
    }
}

TEST_CASE("a note does not care for other names nor for a tag that is called as its key is") {
    coherence honest;
    const auto noted = honest.take("k", names{"all"});
    honest.forget(names{"other", "all"}, names{"another", "k"});
    CHECK(honest.is_current(noted));
}

TEST_CASE("a note of more tags than it has room for inside is as good as any") {
    coherence honest;
    names tags;
    for (int i = 0; i < 16; ++i) tags.push_back("tag" + std::to_string(i));
    const auto noted = honest.take("k", tags);
    CHECK(noted.tags().size() == 16);
    const auto copy = noted;
    CHECK(honest.is_current(copy));
    honest.forget({}, names{"tag15"});
    CHECK_FALSE(honest.is_current(copy));
}

TEST_CASE("a note that was never taken is never current") {
    coherence honest;
    CHECK_FALSE(honest.is_current(coherence::note{}));
    honest.trust_always();
    CHECK_FALSE(honest.is_current(coherence::note{}));
}

TEST_CASE("nothing is trusted at first") {
    const coherence honest;
    CHECK_FALSE(honest.is_trusted(start));
    CHECK_FALSE(honest.is_trusted(coherence::time_point::min()));
}

TEST_CASE("trust ends by time") {
    coherence honest;
    honest.trust_until(start + seconds{1});
    CHECK(honest.is_trusted(start));
    CHECK_FALSE(honest.is_trusted(start + seconds{1}));
    honest.trust_until(start + seconds{2});
    CHECK(honest.is_trusted(start + seconds{1}));
}

TEST_CASE("extending trust leaves notes current") {
    coherence honest;
    honest.trust_until(start + seconds{1});
    const auto noted = honest.take("k", names{"all"});
    honest.trust_until(start + seconds{2});
    CHECK(honest.is_current(noted));
}

TEST_CASE("a single node is trusted for ever") {
    coherence honest;
    honest.trust_always();
    CHECK(honest.is_trusted(start + std::chrono::hours{1'000'000}));
}

TEST_CASE("distrust ends trust at once and no earlier note is ever current again") {
    coherence honest;
    honest.trust_until(start + seconds{1});
    const auto noted = honest.take("k", {});
    honest.distrust();
    CHECK_FALSE(honest.is_trusted(start));
    CHECK_FALSE(honest.is_current(noted));
    honest.trust_until(start + seconds{1});
    CHECK_FALSE(honest.is_current(noted));
}

TEST_CASE("a note taken without trust is not current once trust comes back") {
    coherence honest;
    const auto before_the_first = honest.take("k", {});
    honest.trust_until(start + seconds{1});
    CHECK_FALSE(honest.is_current(before_the_first));
    honest.distrust();
    honest.distrust();
    const auto between = honest.take("k", {});
    CHECK(honest.is_current(between));
    honest.trust_until(start + seconds{1});
    CHECK_FALSE(honest.is_current(between));
}

}  // namespace
}  // namespace weir
