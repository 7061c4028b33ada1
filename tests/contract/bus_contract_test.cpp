// Every sentence of bus_transport's comments (weir/cache/bus_transport.hpp), on the fake and on real Redis.
#include "bus_worlds.hpp"
#include "support/soon.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#define FOR_EVERY_BUS(name) TEMPLATE_TEST_CASE(name, "[contract]", fake_bus_world, redis_bus_world)

namespace weir::bus_contract_test {
namespace {

using namespace weir::test;
using names = std::vector<std::string>;

const names no_names;
const names one_key{"weir:v1:products:item:p1"};
const names one_tag{"weir:v1:all:product"};

awaitable<void> subscribe(bus_transport& at, std::string node) {
    const auto opened = co_await at.open(node, soon());
    REQUIRE(opened.has_value());
}

awaitable<bus_membership> join(bus_transport& at, std::string node, milliseconds lease = seconds{60}) {
    auto joined = co_await at.join(node, lease, soon());
    REQUIRE(joined.has_value());
    co_return *joined;
}

awaitable<bus_announcement> announce(bus_transport& at, std::string origin, names keys = one_key,
                                     names tags = no_names) {
    auto announced = co_await at.announce(origin, keys, tags, soon());
    REQUIRE(announced.has_value());
    co_return *announced;
}

// The next `count` events, in as many calls as they come.
awaitable<std::vector<bus_event>> hear(bus_transport& at, std::size_t count) {
    std::vector<bus_event> out;
    while (out.size() < count) {
        auto received = co_await at.receive();
        REQUIRE(received.has_value());
        REQUIRE_FALSE(received->empty());
        out.insert(out.end(), received->begin(), received->end());
    }
    REQUIRE(out.size() == count);
    co_return out;
}

const bus_message& message(const bus_event& e) {
    return std::get<bus_message>(e);
}

std::optional<milliseconds> lease_of(const bus_announcement& a, const std::string& node) {
    const auto found =
        std::ranges::find_if(a.live, [&](const live_node& member) { return member.name == node; });
    if (found == a.live.end()) return std::nullopt;
    return found->lease_left;
}

FOR_EVERY_BUS("what is announced reaches every subscriber and its origin in order") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        auto& b = w.node();
        co_await subscribe(a, "a");
        co_await subscribe(b, "b");
        co_await announce(a, "a", one_key, one_tag);
        co_await announce(b, "b", no_names, one_tag);
        for (bus_transport* at : {&a, &b}) {
            const auto heard = co_await hear(*at, 2);
            REQUIRE(message(heard[0]).sequence == 1);
            REQUIRE(message(heard[0]).origin == "a");
            REQUIRE(message(heard[0]).keys == one_key);
            REQUIRE(message(heard[0]).tags == one_tag);
            REQUIRE(message(heard[1]).sequence == 2);
            REQUIRE(message(heard[1]).origin == "b");
            REQUIRE(message(heard[1]).keys.empty());
        }
    });
}

FOR_EVERY_BUS("the sequence that a join returns precedes every message that is heard later") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        auto& b = w.node();
        co_await announce(a, "a");
        co_await subscribe(b, "b");
        const auto joined = co_await join(b, "b");
        REQUIRE(joined.sequence == 1);
        const auto announced = co_await announce(a, "a");
        REQUIRE(announced.sequence == 2);
        const auto heard = co_await hear(b, 1);
        REQUIRE(message(heard[0]).sequence == 2);
    });
}

FOR_EVERY_BUS("the registry tells who was a member and whose lease has run out") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        const auto first = co_await join(a, "a", milliseconds{200});
        REQUIRE_FALSE(first.was_member);
        const auto renewed = co_await join(a, "a", milliseconds{200});
        REQUIRE(renewed.was_member);
        co_await w.pass(milliseconds{250});
        const auto lapsed = co_await join(a, "a", milliseconds{200});
        REQUIRE_FALSE(lapsed.was_member);
        w.clear();
        const auto forgotten = co_await join(a, "a", milliseconds{200});
        REQUIRE_FALSE(forgotten.was_member);
    });
}

FOR_EVERY_BUS("an announcement tells the live nodes and what is left of their leases") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        co_await join(a, "a", seconds{60});
        co_await join(a, "b", milliseconds{100});
        co_await join(a, "c", seconds{30});
        const auto left = co_await a.leave("c", soon());
        REQUIRE(left.has_value());
        const auto all = co_await announce(a, "a");
        REQUIRE(all.live.size() == 2);
        REQUIRE(lease_of(all, "a") > seconds{50});
        REQUIRE(lease_of(all, "a") <= seconds{60});
        REQUIRE(lease_of(all, "b") > milliseconds{0});
        REQUIRE(lease_of(all, "b") <= milliseconds{100});
        co_await w.pass(milliseconds{150});
        const auto later = co_await announce(a, "a");
        REQUIRE(later.live.size() == 1);
        REQUIRE(lease_of(later, "a").has_value());
    });
}

FOR_EVERY_BUS("an announcement tells how long the registry has stood since it was lost") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        w.clear();
        co_await join(a, "a");
        const auto first = co_await announce(a, "a");
        REQUIRE(first.registry_age < seconds{30});
        co_await w.pass(milliseconds{100});
        const auto later = co_await announce(a, "a");
        REQUIRE(later.registry_age >= milliseconds{100});
        w.clear();
        const auto anew = co_await announce(a, "a");
        REQUIRE(anew.registry_age < later.registry_age);
        REQUIRE(anew.live.empty());
    });
}

FOR_EVERY_BUS("leaving what was never joined succeeds") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        const auto left = co_await w.node().leave("nobody", soon());
        REQUIRE(left.has_value());
    });
}

FOR_EVERY_BUS("an acknowledgement reaches the node that it is for and no other") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        auto& b = w.node();
        co_await subscribe(a, "a");
        co_await subscribe(b, "b");
        const auto told = co_await b.acknowledge("a", "b", 17, soon());
        REQUIRE(told.has_value());
        const auto heard = co_await hear(a, 1);
        REQUIRE(std::get<bus_acknowledgement>(heard[0]).node == "b");
        REQUIRE(std::get<bus_acknowledgement>(heard[0]).sequence == 17);
        co_await announce(a, "a");
        const auto by_b = co_await hear(b, 1);
        REQUIRE(message(by_b[0]).sequence == 1);
    });
}

FOR_EVERY_BUS("any number of names arrives complete and gapless") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        co_await subscribe(a, "a");
        co_await join(a, "a");
        names keys;
        for (int i = 0; i < 2500; ++i) keys.push_back("weir:v1:n:" + std::to_string(i));
        const auto announced = co_await announce(a, "a", keys, one_tag);
        REQUIRE(lease_of(announced, "a").has_value());
        std::set<std::string> heard_keys;
        names heard_tags;
        std::uint64_t last = 0;
        while (last < announced.sequence) {
            const auto received = co_await a.receive();
            REQUIRE(received.has_value());
            for (const bus_event& e : *received) {
                REQUIRE(message(e).sequence == last + 1);
                ++last;
                heard_keys.insert(message(e).keys.begin(), message(e).keys.end());
                heard_tags.insert(heard_tags.end(), message(e).tags.begin(), message(e).tags.end());
            }
        }
        REQUIRE(heard_keys.size() == keys.size());
        REQUIRE(heard_tags == one_tag);
    });
}

FOR_EVERY_BUS("an announcement of nothing takes a number all the same") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        co_await subscribe(a, "a");
        const auto announced = co_await announce(a, "a", no_names, no_names);
        REQUIRE(announced.sequence == 1);
        const auto heard = co_await hear(a, 1);
        REQUIRE(message(heard[0]).keys.empty());
        REQUIRE(message(heard[0]).tags.empty());
    });
}

awaitable<void> close_it(bus_transport& at) {
    at.close();
    co_return;
}

FOR_EVERY_BUS("closing ends the wait of who receives and it can be opened again") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        a.close();
        co_await subscribe(a, "a");
        start(co_await boost::asio::this_coro::executor, "close", close_it(a));
        const auto ended = co_await a.receive();
        REQUIRE(ended.error() == errc::cancelled);
        co_await announce(a, "a");
        co_await subscribe(a, "a2");
        co_await announce(a, "a2");
        const auto heard = co_await hear(a, 1);
        REQUIRE(message(heard[0]).sequence == 2);
    });
}

FOR_EVERY_BUS("a lost subscription is told to who receives and every call fails") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        co_await subscribe(a, "a");
        w.break_down();
        const auto ended = co_await a.receive();
        REQUIRE(ended.error() == errc::unavailable);
        const auto joined = co_await a.join("a", seconds{1}, soon());
        REQUIRE(joined.error() == errc::unavailable);
        const auto announced = co_await a.announce("a", one_key, no_names, soon());
        REQUIRE(announced.error() == errc::unavailable);
        const auto told = co_await a.acknowledge("a", "b", 1, soon());
        REQUIRE(told.error() == errc::unavailable);
        const auto opened = co_await a.open("a", soon());
        REQUIRE(opened.error() == errc::unavailable);
    });
}

FOR_EVERY_BUS("a call whose deadline has passed is a timeout") {
    TestType().tell([](bus_world& w) -> awaitable<void> {
        auto& a = w.node();
        const deadline past{steady_clock::now() - seconds{1}};
        const auto opened = co_await a.open("a", past);
        REQUIRE(opened.error() == errc::timeout);
        const auto announced = co_await a.announce("a", one_key, no_names, past);
        REQUIRE(announced.error() == errc::timeout);
    });
}

}  // namespace

}  // namespace weir::bus_contract_test
