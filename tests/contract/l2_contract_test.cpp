// Every sentence of l2_store's comments (weir/cache/ports.hpp), on the fake and on real Redis. If the two
// differ, the unit tests that stand on the fake prove nothing.
#include "l2_worlds.hpp"

#include <string>
#include <vector>

namespace weir::l2_contract_test {
namespace {

using namespace weir::test;
using enum lease_reply::outcome;

const std::string other = "weir:v1:products:item:p2";
const std::string tag = "weir:v1:all:product";
const std::string other_tag = "weir:v1:tag:products:pages:en";
const std::vector<std::string> no_tags;
const std::string nothing_seen;

awaitable<result<l2_lookup>> look(l2_world& w) {
    co_return co_await w.store().get(key, no_tags, soon());
}

awaitable<std::vector<std::string>> versions(l2_world& w, std::vector<std::string> of) {
    auto made = co_await w.store().ensure_versions(of, soon());
    REQUIRE(made.has_value());
    REQUIRE(made->size() == of.size());
    co_return *made;
}

awaitable<lease_reply> take(l2_world& w, std::string token, milliseconds ttl = seconds{60}) {
    auto reply = co_await w.store().take_lease(key, nothing_seen, token, ttl, soon());
    REQUIRE(reply.has_value());
    co_return *reply;
}

awaitable<bool> fill(l2_world& w, std::string token, std::string value, milliseconds ttl = seconds{60}) {
    auto stored = co_await w.store().fill(key, token, value, ttl, soon());
    REQUIRE(stored.has_value());
    co_return *stored;
}

FOR_EVERY_L2("a key that was never stored is nothing and not an error") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const auto found = co_await look(w);
        REQUIRE(found.has_value());
        REQUIRE_FALSE(found->value.has_value());
    });
}

FOR_EVERY_L2("what was filled is given back byte for byte") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        std::string value = "a\r\nb";
        value.push_back('\0');
        value += std::string(200'000, '\xff');
        const auto lease = co_await take(w, "t1");
        REQUIRE(lease.what == granted);
        const bool stored = co_await fill(w, "t1", value);
        REQUIRE(stored);
        const auto found = co_await look(w);
        REQUIRE(found.has_value());
        const bool is_same = found->value == value;
        REQUIRE(is_same);
    });
}

FOR_EVERY_L2("one caller gets the lease and others are told that it is busy") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const auto first = co_await take(w, "t1");
        const auto second = co_await take(w, "t2");
        REQUIRE(first.what == granted);
        REQUIRE(second.what == busy);
        REQUIRE(w.lease(key) == "t1");
    });
}

FOR_EVERY_L2("leases of different keys do not touch each other") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        const std::string token = "t2";
        const auto second = co_await w.store().take_lease(other, nothing_seen, token, seconds{60}, soon());
        REQUIRE(second.has_value());
        REQUIRE(second->what == granted);
    });
}

FOR_EVERY_L2("taking a lease returns the value that was stored meanwhile") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        co_await fill(w, "t1", "v1");
        const auto second = co_await take(w, "t2");
        REQUIRE(second.what == present);
        REQUIRE(second.value == "v1");
        REQUIRE_FALSE(w.lease(key).has_value());
    });
}

FOR_EVERY_L2("a lease ends by itself and is then free again") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1", milliseconds{30});
        co_await w.pass(milliseconds{60});
        const auto second = co_await take(w, "t2");
        REQUIRE(second.what == granted);
    });
}

FOR_EVERY_L2("a fill stores the value and ends the lease") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE(stored);
        REQUIRE(w.value(key) == "v1");
        REQUIRE_FALSE(w.lease(key).has_value());
        const bool again = co_await fill(w, "t1", "v2");
        REQUIRE_FALSE(again);
        REQUIRE(w.value(key) == "v1");
    });
}

FOR_EVERY_L2("a fill without its lease stores nothing") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const bool never_asked = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(never_asked);
        co_await take(w, "t2");
        const bool of_another = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(of_another);
        REQUIRE_FALSE(w.value(key).has_value());
        REQUIRE(w.lease(key) == "t2");
    });
}

FOR_EVERY_L2("a lease that expired rejects the fill") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1", milliseconds{30});
        co_await w.pass(milliseconds{60});
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(stored);
        REQUIRE_FALSE(w.value(key).has_value());
    });
}

FOR_EVERY_L2("a lease that was evicted rejects the fill") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        w.evict_lease(key);
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(stored);
        REQUIRE_FALSE(w.value(key).has_value());
    });
}

FOR_EVERY_L2("an L2 that was emptied rejects the fill") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        w.clear();
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(stored);
        REQUIRE_FALSE(w.value(key).has_value());
    });
}

FOR_EVERY_L2("a value read before a write is never stored after its invalidation") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");  // the reader loads v1 now, then a write commits v2 and invalidates
        const std::vector<std::string> keys{key};
        const auto invalidated = co_await w.store().invalidate(keys, no_tags, soon());
        REQUIRE(invalidated.has_value());
        const bool stored = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(stored);
        // Nor when another reader has the lease by then.
        co_await take(w, "t2");
        const bool under_another = co_await fill(w, "t1", "v1");
        REQUIRE_FALSE(under_another);
        const bool fresh = co_await fill(w, "t2", "v2");
        REQUIRE(fresh);
        REQUIRE(w.value(key) == "v2");
    });
}

FOR_EVERY_L2("a stored value is gone after its TTL") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        co_await fill(w, "t1", "v1", milliseconds{30});
        co_await w.pass(milliseconds{60});
        const auto found = co_await look(w);
        REQUIRE(found.has_value());
        REQUIRE_FALSE(found->value.has_value());
    });
}

FOR_EVERY_L2("a lease is released by its token") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        const std::string token = "t1";
        const auto released = co_await w.store().release_lease(key, token, soon());
        REQUIRE(released.has_value());
        REQUIRE_FALSE(w.lease(key).has_value());
    });
}

FOR_EVERY_L2("a lease is not released by another token") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        co_await take(w, "t1");
        const std::string token = "t2";
        const auto released = co_await w.store().release_lease(key, token, soon());
        REQUIRE(released.has_value());
        REQUIRE(w.lease(key) == "t1");
    });
}

FOR_EVERY_L2("discard deletes exactly what was seen") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        std::string seen = "not an entry";
        seen.push_back('\0');
        w.put(key, seen);
        const auto discarded = co_await w.store().discard(key, seen, soon());
        REQUIRE(discarded.has_value());
        REQUIRE_FALSE(w.value(key).has_value());
    });
}

FOR_EVERY_L2("discard leaves a fresh replacement and its lease alone") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.put(key, "replacement");
        const std::string seen = "not an entry";
        const auto discarded = co_await w.store().discard(key, seen, soon());
        REQUIRE(discarded.has_value());
        REQUIRE(w.value(key) == "replacement");
        const auto of_nothing = co_await w.store().discard(other, seen, soon());
        REQUIRE(of_nothing.has_value());
    });
}

FOR_EVERY_L2("invalidate removes values and leases of all keys and of no others") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        // More than fit one command.
        std::vector<std::string> keys;
        for (int i = 0; i < 1203; ++i) keys.push_back("weir:v1:n:" + std::to_string(i));
        for (const std::size_t i : {0U, 249U, 250U, 251U, 1202U}) w.put(keys[i], "v");
        w.put(other, "stays");
        co_await take(w, "t1");
        keys.push_back(key);
        const auto invalidated = co_await w.store().invalidate(keys, no_tags, soon());
        REQUIRE(invalidated.has_value());
        for (const std::size_t i : {0U, 249U, 250U, 251U, 1202U}) REQUIRE_FALSE(w.value(keys[i]).has_value());
        REQUIRE_FALSE(w.lease(key).has_value());
        REQUIRE(w.value(other) == "stays");
    });
}

FOR_EVERY_L2("a look-up tells the value and the version of each tag or that there is none") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.put(key, "v1");
        std::vector<std::string> tags{other_tag};
        const auto made = co_await versions(w, tags);
        tags = {tag, other_tag};
        const auto found = co_await w.store().get(key, tags, soon());
        REQUIRE(found.has_value());
        REQUIRE(found->value == "v1");
        REQUIRE(found->tag_versions.size() == 2);
        REQUIRE_FALSE(found->tag_versions[0].has_value());
        REQUIRE(found->tag_versions[1] == made[0]);
        const auto nothing = co_await w.store().get(other, tags, soon());
        REQUIRE_FALSE(nothing->value.has_value());
        REQUIRE(nothing->tag_versions[1] == made[0]);
    });
}

FOR_EVERY_L2("a tag's version is random and stays until it is invalidated") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> tags{tag, other_tag};
        const auto made = co_await versions(w, tags);
        for (const auto& version : made) {
            REQUIRE(version.size() >= 16);
            REQUIRE(version.find_first_not_of("0123456789abcdef") == std::string::npos);
        }
        REQUIRE(made[0] != made[1]);
        const auto again = co_await versions(w, tags);
        REQUIRE(again == made);
        const std::vector<std::string> invalidated{tag};
        const auto done = co_await w.store().invalidate(no_tags, invalidated, soon());
        REQUIRE(done.has_value());
        const auto after = co_await versions(w, tags);
        REQUIRE(after[0] != made[0]);
        REQUIRE(after[1] == made[1]);
    });
}

FOR_EVERY_L2("a version that was lost never comes back") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> tags{tag};
        const auto made = co_await versions(w, tags);
        w.clear();
        const auto found = co_await w.store().get(key, tags, soon());
        REQUIRE_FALSE(found->tag_versions[0].has_value());
        const auto after = co_await versions(w, tags);
        REQUIRE(after[0] != made[0]);
    });
}

FOR_EVERY_L2(
    "invalidating a tag leaves it without a version and whoever makes the next one makes a new one") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> tags{tag};
        const auto first = co_await versions(w, tags);
        for (int i = 0; i < 2; ++i) {  // the second time there is none to remove
            const auto done = co_await w.store().invalidate(no_tags, tags, soon());
            REQUIRE(done.has_value());
            const auto found = co_await w.store().get(key, tags, soon());
            REQUIRE_FALSE(found->tag_versions[0].has_value());
        }
        const auto second = co_await versions(w, tags);
        REQUIRE(second != first);
        const auto third = co_await versions(w, tags);
        REQUIRE(third == second);  // the winner's, for all
    });
}

FOR_EVERY_L2("an empty version is none that a caller is given") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> tags{other_tag, tag};
        w.put(tag, "");
        const auto refused = co_await w.store().ensure_versions(tags, soon());
        REQUIRE(refused.has_error());
        REQUIRE(refused.error() == errc::rejected);
        co_await w.store().invalidate(no_tags, tags, soon());
        co_await versions(w, tags);
    });
}

TEST_CASE("a Redis without room still invalidates keys and tags", "[contract]") {
    redis_l2_world().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> keys{key};
        const std::vector<std::string> tags{tag, other_tag};
        w.put(key, "v1");
        co_await versions(w, tags);
        auto& redis = dynamic_cast<redis_l2_world&>(w).server();
        redis.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
        redis.command({"CONFIG", "SET", "maxmemory", "1"});
        const std::vector<std::string> new_tags{"weir:v1:all:other"};
        const auto no_room = co_await w.store().ensure_versions(new_tags, soon());
        REQUIRE(no_room.has_error());
        const auto done = co_await w.store().invalidate(keys, tags, soon());
        REQUIRE(done.has_value());
        const auto found = co_await w.store().get(key, tags, soon());
        REQUIRE_FALSE(found->value.has_value());
        for (const auto& version : found->tag_versions) REQUIRE_FALSE(version.has_value());
    });
}

FOR_EVERY_L2("versions of no tags are none") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const auto made = co_await versions(w, no_tags);
        REQUIRE(made.empty());
    });
}

FOR_EVERY_L2("invalidating nothing succeeds") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const std::vector<std::string> keys;
        const auto invalidated = co_await w.store().invalidate(keys, no_tags, soon());
        REQUIRE(invalidated.has_value());
    });
}

FOR_EVERY_L2("a call whose deadline has passed is a timeout") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        const auto found = co_await w.store().get(key, no_tags, deadline{steady_clock::now() - seconds{1}});
        REQUIRE(found.has_error());
        REQUIRE(found.error() == errc::timeout);
    });
}

FOR_EVERY_L2("every call fails at once while L2 is away") {
    TestType().tell([](l2_world& w) -> awaitable<void> {
        w.break_down();
        auto found = co_await look(w);
        REQUIRE(found.has_error());
        const std::vector<std::string> tags{tag};
        const auto began = steady_clock::now();
        const std::string token = "t1";
        const std::vector<std::string> keys{key};
        const auto lease = co_await w.store().take_lease(key, nothing_seen, token, seconds{1}, soon());
        const auto stored = co_await w.store().fill(key, token, token, seconds{1}, soon());
        const auto released = co_await w.store().release_lease(key, token, soon());
        const auto discarded = co_await w.store().discard(key, token, soon());
        const auto invalidated = co_await w.store().invalidate(keys, no_tags, soon());
        const auto made = co_await w.store().ensure_versions(tags, soon());
        REQUIRE(steady_clock::now() - began < milliseconds{500});
        for (const auto& e : {lease.error(), stored.error(), released.error(), discarded.error(),
                              invalidated.error(), made.error()}) {
            REQUIRE(e == errc::unavailable);
        }
    });
}

}  // namespace

}  // namespace weir::l2_contract_test
