#include "weir/cache/explain.hpp"

#include "support/catch.hpp"
#include "support/fake_l2.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>

namespace weir::cache_explain_test {

using state = tier_view::state;

namespace {

const std::string key = "weir:v1:items:p1";
const std::vector<std::string> tags{"weir:v1:all:item", "weir:v1:tag:items:all"};

policy one_resource() {
    const auto first = [](std::string_view) { return std::size_t{0}; };
    policy p;
    resource r;
    r.name = "item";
    r.cached.emplace();
    r.cached->key = key_template::parse("items:{id}", first);
    r.cached->tags = {key_template::parse("items:all", first)};
    p.resources.push_back(std::move(r));
    return p;
}

struct world {
    policy declared = one_resource();
    coherence node;
    l1 memory{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 16U}, node};
    fake::l2 redis;
    fake::l2_store l2{redis};
    recent_invalidations recent;
    boost::asio::io_context context;

    world() {
        for (const auto& tag : tags) redis.put(tag, "a1", seconds{60});
    }

    explanation explain(bool has_l2 = true) {
        tier_explainer explainer(declared.key_head(), node, &memory, has_l2 ? &l2 : nullptr, recent,
                                 seconds{1});
        return test::run(context, explainer.explain(declared.resources[0], {"p1"}));
    }

    static entry_parts fresh(const char* version = "a1") {
        entry_parts e = make_entry({.ttl = seconds{60}}, "{}", unix_now(), microseconds{5}, 0);
        e.tag_versions = {version, version};
        return e;
    }

    void keep_in_l1(const entry_parts& e) {
        node.trust_always();
        REQUIRE(memory.insert(key, e, {}, node.take(key, tags), e.soft_expiry, steady_clock::now()));
    }
};

}  // namespace

TEST_CASE("what no tier holds is explained by its names alone") {
    world w;
    const auto e = w.explain();
    CHECK(e.key.text == key);
    REQUIRE(e.tags.size() == 2);
    CHECK(e.tags[0].text == tags[0]);
    CHECK(e.tags[1].text == tags[1]);
    CHECK(e.tags[1].version == "a1");
    CHECK_FALSE(e.key.invalidated.has_value());
    CHECK(e.l1.what == state::absent);
    CHECK(e.l2.what == state::absent);
    CHECK_FALSE(e.is_l1_trusted);
}

TEST_CASE("an entry of L2 is served when its tags have the versions of now") {
    world w;
    w.redis.put(key, encode(world::fresh()), seconds{60});
    auto e = w.explain();
    CHECK(e.l2.what == state::present);
    CHECK(e.l2.are_tags_valid);
    CHECK(e.l2.tag_versions == std::vector<std::string>{"a1", "a1"});
    CHECK(e.l2.is_served);
    w.redis.put(tags[1], "b2", seconds{60});
    e = w.explain();
    CHECK(e.l2.what == state::present);
    CHECK_FALSE(e.l2.are_tags_valid);
    CHECK_FALSE(e.l2.is_served);
    w.redis.evict(tags[1]);
    e = w.explain();
    CHECK_FALSE(e.tags[1].version.has_value());
    CHECK_FALSE(e.l2.are_tags_valid);
}

TEST_CASE("bytes that are no entry are told apart from nothing and from an L2 that is away") {
    world w;
    w.redis.put(key, "foreign", seconds{60});
    CHECK(w.explain().l2.what == state::foreign);
    CHECK(w.redis.value(key) == "foreign");  // a look deletes nothing
    w.redis.fail(errc::unavailable);
    CHECK(w.explain().l2.what == state::unreachable);
    CHECK(w.explain(false).l2.what == state::off);
}

TEST_CASE("an entry of L1 hides that of L2 while the node is trusted") {
    world w;
    w.redis.put(key, encode(world::fresh()), seconds{60});
    w.keep_in_l1(world::fresh());
    auto e = w.explain();
    CHECK(e.is_l1_trusted);
    CHECK(e.l1.what == state::present);
    CHECK(e.l1.is_served);
    CHECK(e.l1.are_tags_valid);
    CHECK(e.l2.what == state::present);
    CHECK_FALSE(e.l2.is_served);
    w.node.forget({}, std::span{tags});
    e = w.explain();
    CHECK(e.l1.what == state::absent);
    CHECK(w.memory.stats().hits == 0);
}

TEST_CASE("without L2 the epochs alone make the tags of an entry of L1 valid") {
    world w;
    w.keep_in_l1(world::fresh());
    const auto e = w.explain(false);
    CHECK(e.l1.are_tags_valid);
    CHECK(e.l1.is_served);
}

TEST_CASE("the last invalidation of each name is remembered for a while") {
    world w;
    const unix_ms then{milliseconds{1000}};
    w.recent.note({key}, then);
    w.recent.note({tags[1]}, then + seconds{1});
    w.recent.note({key}, then + seconds{2});
    const auto e = w.explain();
    CHECK(e.key.invalidated == then + seconds{2});
    CHECK_FALSE(e.tags[0].invalidated.has_value());
    CHECK(e.tags[1].invalidated == then + seconds{1});
    // Bounded: in time others take the place, and then it is not known rather than wrong.
    for (int n = 0; n < 200'000; ++n) w.recent.note({"other:" + std::to_string(n)}, then + seconds{3});
    CHECK_FALSE(w.recent.last(key).has_value());
}

}  // namespace weir::cache_explain_test
