// What a refresh asks of l2_store: the lease though there is a value, unless it is another than was seen. On
// the fake and on real Redis.
#include "l2_worlds.hpp"

#include <string>
#include <vector>

namespace weir::l2_refresh_contract_test {
namespace {

using namespace weir::test;
using enum lease_reply::outcome;

const std::vector<std::string> no_tags;
const std::string first = "t1";
const std::string second = "t2";

awaitable<lease_reply> take(l2_world& w, std::string seen, std::string token) {
    auto reply = co_await w.store().take_lease(key, seen, token, seconds{60}, soon());
    REQUIRE(reply.has_value());
    co_return *reply;
}

awaitable<bool> fill(l2_world& w, std::string token, std::string value, milliseconds ttl = seconds{60}) {
    auto stored = co_await w.store().fill(key, token, value, ttl, soon());
    REQUIRE(stored.has_value());
    co_return *stored;
}

FOR_EVERY_L2("who would replace what it has seen gets the lease though there is a value") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.put(key, "head v1\nbody");
        const auto granted_one = co_await take(w, "head v1\n", first);
        REQUIRE(granted_one.what == granted);
        const auto granted_again = co_await take(w, "head v1\n", first);
        REQUIRE(granted_again.what == granted);
        const auto refused_one = co_await take(w, "head v1\n", second);
        REQUIRE(refused_one.what == busy);
        REQUIRE(w.value(key) == "head v1\nbody");
        const bool stored = co_await fill(w, first, "head v2\nbody");
        REQUIRE(stored);
        REQUIRE(w.value(key) == "head v2\nbody");
    });
}

FOR_EVERY_L2("who would replace what is no longer there is given what is") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> others{"head v2\nbody", "head", "another"};
        for (const std::string& stored : others) {
            w.put(key, stored);
            const auto reply = co_await take(w, "head v1\n", first);
            REQUIRE(reply.what == present);
            REQUIRE(reply.value == stored);
        }
        REQUIRE_FALSE(w.lease(key).has_value());
    });
}

FOR_EVERY_L2("who would replace what is gone gets the lease") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const auto reply = co_await take(w, "head v1\n", first);
        REQUIRE(reply.what == granted);
    });
}

FOR_EVERY_L2("an invalidation while a value is being replaced leaves neither the old nor the new one") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.put(key, "head v1\nbody");
        const auto reply = co_await take(w, "head v1\n", first);
        REQUIRE(reply.what == granted);
        const std::vector<std::string> keys{key};
        const auto invalidated = co_await w.store().invalidate(keys, no_tags, soon());
        REQUIRE(invalidated.has_value());
        const bool stored = co_await fill(w, first, "head v1 again\nbody");
        REQUIRE_FALSE(stored);
        REQUIRE_FALSE(w.value(key).has_value());
    });
}

FOR_EVERY_L2("a fill without a life deletes what was stored and ends the lease") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.put(key, "head v1\nbody");
        co_await take(w, "head v1\n", first);
        const bool of_another = co_await fill(w, second, "", milliseconds{0});
        REQUIRE_FALSE(of_another);
        REQUIRE(w.value(key).has_value());
        const bool deleted = co_await fill(w, first, "", milliseconds{0});
        REQUIRE(deleted);
        REQUIRE_FALSE(w.value(key).has_value());
        REQUIRE_FALSE(w.lease(key).has_value());
    });
}

FOR_EVERY_L2("it is known whether L2 is away") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        REQUIRE_FALSE(w.store().is_away());
        w.break_down();
        co_await w.store().get(key, no_tags, soon());
        REQUIRE(w.store().is_away());
    });
}

}  // namespace

}  // namespace weir::l2_refresh_contract_test
