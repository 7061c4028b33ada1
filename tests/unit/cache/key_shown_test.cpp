// What is answered and not stored because its row gives another key; what is stored and not served because
// another definition made it.
#include "read_path_world.hpp"

namespace weir::key_shown_test {
namespace {

using namespace test;

struct keyed_world : world {
    keyed_world() {
        declared.resources[0].cached->key_columns = {{.parameter = 0, .name = "id", .rule = {}}};
    }

    double mismatches() { return counts.of(*item()).key_mismatches->Value(); }
};

TEST_CASE("a row that gives another key than the one asked for is answered and stored in no tier") {
    keyed_world w;
    trusted_node n{w};
    w.db.put("product", p1, R"({"id":"P1"})");
    for (int i = 1; i <= 3; ++i) {
        const auto got = get_now(w, n, w.item()).value();
        CHECK(got.content->body() == R"({"id":"P1"})");
        CHECK(got.how.from == source::miss);
        CHECK_FALSE(got.how.is_stored);
        CHECK(w.mismatches() == i);
    }
    CHECK_FALSE(w.shared_l2.value(item_key).has_value());
    CHECK_FALSE(w.shared_l2.lease(item_key).has_value());
    CHECK(n.l1.stats().entries == 0);
}

TEST_CASE("a row that gives the key asked for is stored as ever and so is an absence") {
    keyed_world w;
    trusted_node n{w};
    w.db.put("product", p1, R"({"id":"p1"})");
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
    CHECK(get_now(w, n, w.item(), {"none"}).value().how.is_stored);
    CHECK(w.mismatches() == 0);
}

TEST_CASE("a row that gives another key is not stored without L2 either") {
    keyed_world w;
    trusted_node n{w};
    read_path alone{w.context.get_executor(), w.declared.key_head(), {}, n.tiers, nullptr, n.from};
    w.db.put("product", p1, R"({"id":"P1"})");
    for (int i = 0; i < 2; ++i) {
        const auto got = run(w.context, alone.get(w.item(), p1, deadline::in(seconds{5}))).value();
        CHECK(got.how.from == source::miss);
        CHECK_FALSE(got.how.is_stored);
    }
    CHECK(w.mismatches() == 2);
    CHECK(n.l1.stats().entries == 0);
}

TEST_CASE("a row that gives another key is not kept while L2 is away") {
    keyed_world w;
    w.declared.resources[0].cached->degraded_ttl = seconds{5};
    trusted_node n{w};
    w.db.put("product", p1, R"({"id":"P1"})");
    w.shared_l2.fail(errc::unavailable);
    for (int i = 0; i < 2; ++i) CHECK(get_now(w, n, w.item()).value().how.from == source::miss);
    CHECK(w.db.loads() == 2);
}

TEST_CASE("an entry of another definition is a miss and is replaced and not called corrupt") {
    world w;
    w.declared.resources[0].cached->definition = 1;
    trusted_node old{w};
    w.db.put("product", p1, "old SQL");
    REQUIRE(get_now(w, old, w.item()).value().how.is_stored);
    CHECK(decode(*w.shared_l2.value(item_key))->definition == 1);

    w.declared.resources[0].cached->definition = 2;
    trusted_node n{w};
    w.db.put("product", p1, "new SQL");
    const auto got = get_now(w, n, w.item()).value();
    CHECK(got.how.from == source::miss);
    CHECK(got.how.is_stored);
    CHECK(got.content->body() == "new SQL");
    CHECK(w.counts.of(*w.item()).superseded->Value() == 1);
    CHECK(w.counts.of(*w.item()).corrupt->Value() == 0);
    trusted_node third{w};
    CHECK(get_now(w, third, w.item()).value().how.from == source::hit);
}

TEST_CASE("an entry of an older version of the format is a miss and is not called corrupt") {
    world w;
    trusted_node n{w};
    w.db.put("product", p1, "{}");
    w.shared_l2.put(item_key, "weir2 value 1 2 3 4 0123456789abcdef0123456789abcdef - 0123456789abcdef\n{}",
                    seconds{60});
    CHECK(get_now(w, n, w.item()).value().how.is_stored);
    CHECK(w.counts.of(*w.item()).superseded->Value() == 1);
    CHECK(w.counts.of(*w.item()).corrupt->Value() == 0);
}

TEST_CASE("what a flight read may be sampled for the auditor") {
    world w;
    trusted_node n{w};
    read_samples samples{w.declared};
    n.tiers.samples = &samples;
    w.db.put("product", p1, "{}");
    REQUIRE(get_now(w, n, w.item()).has_value());
    const auto picked = samples.pick();
    REQUIRE(picked);
    CHECK(picked->resource == "product");
    CHECK(picked->values == p1);
}

}  // namespace

}  // namespace weir::key_shown_test
