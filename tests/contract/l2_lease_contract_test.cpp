// Who gets a first lease, beyond the rules in l2_contract_test.cpp: again, for nothing, and behind something
// foreign. On the fake and on real Redis.
#include "l2_worlds.hpp"

#include <string>
#include <vector>

namespace weir::l2_lease_contract_test {
namespace {

using namespace weir::test;
using enum lease_reply::outcome;

const std::string nothing_seen;

awaitable<lease_reply> take(l2_world& w, std::string token) {
    auto reply = co_await w.store().take_lease(key, nothing_seen, token, seconds{60}, soon());
    REQUIRE(reply.has_value());
    co_return *reply;
}

awaitable<bool> fill(l2_world& w, std::string token, std::string value) {
    auto stored = co_await w.store().fill(key, token, value, seconds{60}, soon());
    REQUIRE(stored.has_value());
    co_return *stored;
}

FOR_EVERY_L2("a lease is given again to the token that has it") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        const auto again = co_await take(w, "t1");  // the answer to the first was lost
        REQUIRE(again.what == granted);
        const auto of_another = co_await take(w, "t2");
        REQUIRE(of_another.what == busy);
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE(stored);
    });
}

FOR_EVERY_L2("a value that is found leaves no lease behind") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.put(key, "v1");
        const auto reply = co_await take(w, "t1");
        REQUIRE(reply.what == present);
        REQUIRE_FALSE(w.lease(key).has_value());
    });
}

// The fake has no other types, so this is for Redis alone.
TEST_CASE("a list under a key is a miss and makes room for a value", "[contract]") {
    redis_l2_world().tell([](l2_world& w) -> awaitable<void> {
        auto& redis = dynamic_cast<redis_l2_world&>(w).server();
        redis.command({"LPUSH", key, "x"});
        const std::vector<std::string> no_tags;
        const auto found = co_await w.store().get(key, no_tags, soon());
        REQUIRE(found.has_value());
        REQUIRE_FALSE(found->value.has_value());
        const auto lease = co_await take(w, "t1");
        REQUIRE(lease.what == granted);
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE(stored);
        REQUIRE(w.value(key) == "v1");
        redis.command({"DEL", key});
        redis.command({"LPUSH", key, "x"});
        const std::string seen = "head v1\n";
        const std::string token = "t2";
        const auto to_replace = co_await w.store().take_lease(key, seen, token, seconds{60}, soon());
        REQUIRE(to_replace->what == granted);
    });
}

}  // namespace

}  // namespace weir::l2_lease_contract_test
