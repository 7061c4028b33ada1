#include "weir/cache/bus.hpp"

#include "support/catch.hpp"
#include "support/fake_bus.hpp"
#include "support/run.hpp"

#include <prometheus/registry.h>

#include <functional>
#include <optional>

namespace weir::bus_test {
namespace {

const std::vector<std::string> key{"weir:v1:products:item:p1"};
const std::vector<std::string> tag{"weir:v1:all:product"};
const std::vector<std::string> none;

entry_parts any_entry() {
    entry_parts e;
    e.text = "{}";
    e.soft_expiry = e.hard_expiry = unix_now() + seconds{60};
    return e;
}

struct node {
    node(boost::asio::io_context& context, fake::bus& shared, milliseconds lease)
        : wire(shared), own(context.get_executor(), {.lease = lease}, wire, trust, &memory, registry) {
        start(context.get_executor(), "bus", own.run());
    }

    bool is_trusted() const { return trust.is_trusted(steady_clock::now()); }
    bool holds() { return memory.peek(key[0], unix_now()) != nullptr; }
    bool keep() {
        const auto noted = trust.take(key[0], tag);
        return memory.insert(key[0], any_entry(), {}, noted, unix_now() + seconds{60}, steady_clock::now()) !=
               nullptr;
    }

    coherence trust;
    l1 memory{{}, trust};
    prometheus::Registry registry;
    fake::bus_node wire;
    bus own;
};

// Two nodes on one bus, both trusted; the story runs, then both leave.
struct fleet {
    explicit fleet(milliseconds lease = seconds{60})
        : one(context, shared, lease), two(context, shared, lease) {}

    void tell(awaitable<void> (*story)(fleet&)) {
        test::run(context, [](fleet& all, awaitable<void> (*told)(fleet&)) -> awaitable<void> {
            const bool is_up =
                co_await all.until([&] { return all.one.is_trusted() && all.two.is_trusted(); });
            CHECK(is_up);
            if (is_up) co_await told(all);
            all.one.own.stop();
            all.two.own.stop();
        }(*this, story));
    }

    awaitable<bool> until(std::function<bool()> holds) {
        const auto bound = deadline::in(seconds{10});
        while (!holds() && !bound.passed()) co_await sleep_for(milliseconds{1});
        co_return holds();
    }

    // Announces in the background; the outcome comes later.
    void announce_soon(node& from, std::vector<std::string> keys, std::vector<std::string> tags) {
        start(context.get_executor(), "announce", announce(from, std::move(keys), std::move(tags)));
    }
    awaitable<void> announce(node& from, std::vector<std::string> keys, std::vector<std::string> tags) {
        const auto done = co_await from.own.announce(keys, tags, deadline::in(seconds{20}));
        outcome = done;
    }

    boost::asio::io_context context;
    fake::bus shared;
    node one;
    node two;
    std::optional<result<void>> outcome;
};

TEST_CASE("an announced key is in no node's L1 once the announcement is over") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.one.keep());
        REQUIRE(all.two.keep());
        const auto begun = steady_clock::now();
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
        CHECK_FALSE(all.one.holds());
        CHECK_FALSE(all.two.holds());
        CHECK(steady_clock::now() - begun < seconds{10});  // acknowledged, not waited out
    });
}

TEST_CASE("an announced tag ends every entry that has it") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        co_await all.announce(all.one, none, tag);
        CHECK_FALSE(all.two.holds());
    });
}

TEST_CASE("an announcement is not over before every node has forgotten") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        all.two.wire.hold();
        all.announce_soon(all.one, key, none);
        const bool is_held = co_await all.until([&] { return all.two.wire.held() == 1; });
        CHECK(is_held);
        co_await sleep_for(milliseconds{20});
        CHECK(all.two.holds());
        CHECK_FALSE(all.outcome.has_value());
        all.two.wire.let_through();
        const bool is_over = co_await all.until([&] { return all.outcome.has_value(); });
        CHECK(is_over);
        CHECK_FALSE(all.two.holds());
    });
}

TEST_CASE("a node that hears nothing has stopped trusting its L1 before the writer stops waiting for it") {
    fleet f{milliseconds{200}};
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        all.two.wire.cut_off();
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
        CHECK_FALSE(all.two.is_trusted());
    });
}

TEST_CASE("an announcement ends at its deadline though a node is silent and its lease is long") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        all.two.wire.hold();
        const auto began = steady_clock::now();
        const auto late = co_await all.one.own.announce(key, none, deadline::in(milliseconds{50}));
        CHECK(late.error() == errc::timeout);
        CHECK(steady_clock::now() - began < seconds{10});
        all.two.wire.let_through();
    });
}

TEST_CASE("an announcement ends at its deadline though the registry is young") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        all.shared.clear();
        const auto began = steady_clock::now();
        const auto late = co_await all.one.own.announce(key, none, deadline::in(milliseconds{50}));
        CHECK(late.error() == errc::timeout);
        CHECK(steady_clock::now() - began < seconds{10});
    });
}

// The subscription is dead without an error; commands go through.
TEST_CASE("a node that misses a message loses its trust though it can still renew") {
    fleet f{milliseconds{200}};
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        all.two.wire.hold();
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
        CHECK_FALSE(all.two.is_trusted());
    });
}

TEST_CASE("a gap in the numbers clears L1 and the node joins again under another name") {
    fleet f{milliseconds{300}};
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        const auto joins = all.two.wire.calls(fake::bus_call::open);
        all.two.wire.lose_next(1);
        all.announce_soon(all.one, none, none);  // lost on its way to two
        const bool is_sent = co_await all.until([&] { return all.shared.sequence() >= 1; });
        CHECK(is_sent);
        all.announce_soon(all.one, none, none);
        const bool is_back = co_await all.until(
            [&] { return all.two.wire.calls(fake::bus_call::open) > joins && all.two.is_trusted(); });
        CHECK(is_back);
        CHECK_FALSE(all.two.holds());
    });
}

TEST_CASE("a lost subscription clears L1 at once") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        const auto noted = all.two.trust.take(key[0], tag);
        all.two.wire.end_subscription(errc::unavailable);
        const bool is_cleared = co_await all.until([&] { return !all.two.holds(); });
        CHECK(is_cleared);
        const bool is_back = co_await all.until([&] { return all.two.is_trusted(); });
        CHECK(is_back);
        CHECK_FALSE(all.two.trust.is_current(noted));  // what was under way then is not kept either
    });
}

TEST_CASE("a registry that has forgotten a node makes it begin anew") {
    fleet f{milliseconds{200}};
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        all.shared.clear();
        const bool is_cleared = co_await all.until([&] { return !all.two.holds(); });
        CHECK(is_cleared);
        const bool is_back = co_await all.until([&] { return all.two.is_trusted(); });
        CHECK(is_back);
    });
}

// FLUSHALL: the registry and the sequence are gone, the subscriptions live on.
TEST_CASE("a writer whose registration is lost waits for a lease since others may be lost with it") {
    fleet f{milliseconds{200}};
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        all.two.wire.hold();  // it hears of nothing
        all.shared.clear();
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
        const bool is_stale = all.two.is_trusted() && all.two.holds();
        CHECK_FALSE(is_stale);
    });
}

// It is in the new registry, and the other one, which is cut off, is not.
TEST_CASE("a writer that has registered anew waits for those who may trust by the lost registry") {
    fleet f{milliseconds{400}};
    f.tell([](fleet& all) -> awaitable<void> {
        REQUIRE(all.two.keep());
        const auto sessions = all.one.wire.calls(fake::bus_call::open);
        all.two.wire.cut_off();
        all.shared.clear();
        const bool is_back = co_await all.until(
            [&] { return all.one.wire.calls(fake::bus_call::open) > sessions && all.one.is_trusted(); });
        CHECK(is_back);
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
        CHECK_FALSE(all.two.is_trusted());
    });
}

TEST_CASE("a writer without a session waits for one before it announces") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        all.one.wire.fail(fake::bus_call::open, errc::unavailable);
        all.one.wire.end_subscription(errc::unavailable);
        const bool is_off = co_await all.until([&] { return !all.one.is_trusted(); });
        CHECK(is_off);
        all.announce_soon(all.one, key, none);
        all.one.wire.fail(fake::bus_call::open, std::nullopt);
        const bool is_over = co_await all.until([&] { return all.outcome.has_value(); });
        CHECK(is_over);  // acknowledged: the lease is a minute
        CHECK_FALSE(all.two.holds());
    });
}

TEST_CASE("a renewal whose answer is overtaken by messages ends no session") {
    fleet f{milliseconds{400}};
    f.tell([](fleet& all) -> awaitable<void> {
        const auto sessions = all.one.wire.calls(fake::bus_call::open);
        const auto renewals = all.one.wire.calls(fake::bus_call::join);
        all.one.wire.delay_joins(milliseconds{30});
        const auto bound = deadline::in(seconds{10});
        while (all.one.wire.calls(fake::bus_call::join) < renewals + 3 && !bound.passed()) {
            co_await all.announce(all.two, key, none);
            co_await sleep_for(milliseconds{1});
        }
        CHECK(all.one.wire.calls(fake::bus_call::join) >= renewals + 3);
        CHECK(all.one.wire.calls(fake::bus_call::open) == sessions);
    });
}

TEST_CASE("names are forgotten although their number is an old one") {
    fleet f{seconds{4}};
    f.tell([](fleet& all) -> awaitable<void> {
        co_await all.announce(all.one, none, none);
        REQUIRE(all.two.keep());
        all.shared.clear();
        all.announce_soon(all.one, key, none);
        const auto before_any_renewal = deadline::in(milliseconds{700});
        while (all.two.holds() && !before_any_renewal.passed()) co_await sleep_for(milliseconds{1});
        CHECK_FALSE(all.two.holds());
    });
}

TEST_CASE("acknowledgements that get lost cost the writer the lease and nothing else") {
    fleet f{milliseconds{200}};
    f.tell([](fleet& all) -> awaitable<void> {
        all.two.wire.fail(fake::bus_call::acknowledge, errc::unavailable);
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
        CHECK(all.two.is_trusted());
    });
}

TEST_CASE("a node that left is not waited for") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        all.two.own.stop();
        const bool is_gone = co_await all.until([&] { return all.shared.live().size() == 1; });
        CHECK(is_gone);
        CHECK_FALSE(all.two.is_trusted());
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->has_value());
    });
}

TEST_CASE("an announcement that cannot be made says so") {
    fleet f;
    f.tell([](fleet& all) -> awaitable<void> {
        all.one.wire.fail(fake::bus_call::announce, errc::unavailable);
        co_await all.announce(all.one, key, none);
        CHECK(all.outcome->error() == errc::unavailable);
    });
}

}  // namespace

}  // namespace weir::bus_test
