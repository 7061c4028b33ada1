#include "weir/l1/coherence.hpp"

#include "support/catch.hpp"

#include <array>
#include <vector>

namespace weir::coherence_test {
namespace {

using names = std::vector<std::string>;

constexpr coherence::time_point start{seconds{1000}};

TEST_CASE("a note is current until its key is forgotten") {
    weir::coherence coherence;
    const auto noted = coherence.take("k", names{"all", "pages"});
    CHECK(coherence.is_current(noted));
    coherence.forget(names{"k"}, {});
    CHECK_FALSE(coherence.is_current(noted));
    CHECK(coherence.is_current(coherence.take("k", names{"all", "pages"})));
}

TEST_CASE("a note is current until any of its tags is forgotten") {
    weir::coherence coherence;
    const names tags{"all", "pages"};
    for (const auto& tag : tags) {
        const auto noted = coherence.take("k", tags);
        coherence.forget({}, names{tag});
        CHECK_FALSE(coherence.is_current(noted));
        CHECK_FALSE(coherence.are_current(noted.tags()));
    }
}

TEST_CASE("a note does not care for other names nor for a tag that is called as its key is") {
    weir::coherence coherence;
    const auto noted = coherence.take("k", names{"all"});
    coherence.forget(names{"other", "all"}, names{"another", "k"});
    CHECK(coherence.is_current(noted));
}

TEST_CASE("a note of more tags than it has room for inside is as good as any") {
    weir::coherence coherence;
    names tags;
    for (int i = 0; i < 16; ++i) tags.push_back("tag" + std::to_string(i));
    const auto noted = coherence.take("k", tags);
    CHECK(noted.tags().size() == 16);
    const auto copy = noted;
    CHECK(coherence.is_current(copy));
    coherence.forget({}, names{"tag15"});
    CHECK_FALSE(coherence.is_current(copy));
}

TEST_CASE("a note that was never taken is never current") {
    weir::coherence coherence;
    CHECK_FALSE(coherence.is_current(coherence::note{}));
    coherence.trust_always();
    CHECK_FALSE(coherence.is_current(coherence::note{}));
}

TEST_CASE("nothing is trusted at first") {
    const weir::coherence coherence;
    CHECK_FALSE(coherence.is_trusted(start));
    CHECK_FALSE(coherence.is_trusted(coherence::time_point::min()));
}

TEST_CASE("trust ends by time") {
    weir::coherence coherence;
    coherence.trust_until(start + seconds{1});
    CHECK(coherence.is_trusted(start));
    CHECK_FALSE(coherence.is_trusted(start + seconds{1}));
    coherence.trust_until(start + seconds{2});
    CHECK(coherence.is_trusted(start + seconds{1}));
}

TEST_CASE("extending trust leaves notes current") {
    weir::coherence coherence;
    coherence.trust_until(start + seconds{1});
    const auto noted = coherence.take("k", names{"all"});
    coherence.trust_until(start + seconds{2});
    CHECK(coherence.is_current(noted));
}

TEST_CASE("a single node is trusted for ever") {
    weir::coherence coherence;
    coherence.trust_always();
    CHECK(coherence.is_trusted(start + std::chrono::hours{1'000'000}));
}

TEST_CASE("distrust ends trust at once and no earlier note is ever current again") {
    weir::coherence coherence;
    coherence.trust_until(start + seconds{1});
    const auto noted = coherence.take("k", {});
    coherence.distrust();
    CHECK_FALSE(coherence.is_trusted(start));
    CHECK_FALSE(coherence.is_current(noted));
    coherence.trust_until(start + seconds{1});
    CHECK_FALSE(coherence.is_current(noted));
}

TEST_CASE("a note taken without trust is not current once trust comes back") {
    weir::coherence coherence;
    const auto before_the_first = coherence.take("k", {});
    coherence.trust_until(start + seconds{1});
    CHECK_FALSE(coherence.is_current(before_the_first));
    coherence.distrust();
    coherence.distrust();
    const auto between = coherence.take("k", {});
    CHECK(coherence.is_current(between));
    coherence.trust_until(start + seconds{1});
    CHECK_FALSE(coherence.is_current(between));
}

}  // namespace

}  // namespace weir::coherence_test
