// What an audit may cost, and which differences are none.
#include "auditor_world.hpp"

namespace weir::auditor_cost_test {
namespace {

using world = auditor_world;

// The shop's list in English, whose SQL has no order.
struct world_with_a_list : world {
    void hold(std::string body) {
        const entry_parts e = made(std::move(body));
        const std::vector<std::string> tags{"weir:v1:all:products"};
        REQUIRE(
            memory.insert(list_key, e, {}, node.take(list_key, tags), e.soft_expiry, steady_clock::now()));
    }
    void put(std::string body) { db.put("products", {"en"}, std::move(body)); }

    const std::string list_key = "weir:v1:products:list:en";
};

TEST_CASE("another order of rows that no SQL puts in order is the same answer") {
    world_with_a_list w;
    w.hold(R"([{"id":1}, {"id":2}])");
    w.put(R"([{"id":2}, {"id":1}])");
    CHECK(w.audit(w.list_key) == audit_outcome::fresh);
    w.put(R"([{"id":2}, {"id":3}])");
    w.from.after = [&] { w.put(R"([{"id":3}, {"id":2}])"); };
    CHECK(w.audit(w.list_key) == audit_outcome::stale);
    CHECK(w.stale("l1") == 1);
}

TEST_CASE("another order of rows that the SQL puts in order is another answer") {
    world_with_a_list w;
    std::get<sql_load>(w.declared.resources[1].from).is_ordered = true;
    w.hold(R"([{"id":1}, {"id":2}])");
    w.put(R"([{"id":2}, {"id":1}])");
    CHECK(w.audit(w.list_key) == audit_outcome::stale);
}

TEST_CASE("the loads of audits take a tenth of the time at most however slow they are") {
    world w;
    w.put_l1(world::made("new", milliseconds{2000}));
    w.db.hold_loads();
    test::run(w.context, [](world& here) -> awaitable<void> {
        start(here.context.get_executor(), "auditor", here.watch.run());
        const auto ends = deadline::in(milliseconds{600});
        while (!ends.passed()) {
            const bool is_held = co_await here.db.until_held(1, ends);
            if (!is_held) break;
            co_await sleep_for(milliseconds{10});
            here.db.release_one();
        }
        here.watch.stop();
        here.db.release_loads();
    }(w));
    CHECK(w.db.loads() >= 2);
    CHECK(w.db.loads() <= 7);
}

TEST_CASE("a resource whose load was given up is left out for a while") {
    world w;
    w.put_l1(world::made("new", milliseconds{2000}));
    prometheus::Registry registry;
    auditor watch{w.context.get_executor(),
                  {.resident_age_min = milliseconds{1000}, .load_timeout = milliseconds{10}},
                  {w.policies, w.recent, &w.memory, nullptr, w.tiers, w.from},
                  {.is_busy = [] { return false; }, .may_be_owed = [] { return false; }, .invalidate = {}},
                  registry};
    w.db.hold_loads();
    CHECK(test::run(w.context, watch.audit_resident()) == audit_outcome::skipped);
    CHECK(test::run(w.context, watch.audit(key)) == audit_outcome::skipped);
    CHECK_FALSE(test::run(w.context, watch.audit_resident()).has_value());
    CHECK(w.db.loads() == 1);
}

}  // namespace

}  // namespace weir::auditor_cost_test
