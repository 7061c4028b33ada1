// The keyspace of a real Redis Cluster: routing, slots on their way, a master that dies.
#include "weir/adapters/redis_bus.hpp"
#include "weir/adapters/redis_l2.hpp"
#include "weir/policy/key.hpp"
#include "weir/redis/script.hpp"
#include "weir/redis/slots.hpp"
#include "weir/redis/subscriber.hpp"

#include "redis_story.hpp"
#include "support/redis_fleets.hpp"
#include "support/run.hpp"
#include "support/soon.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::redis_cluster_test {
namespace {

using namespace weir::test;
using redis::keyed_command;
using redis::keyspace;
using redis::slot_of;
using redis::subscriber;
using names = std::vector<std::string>;

// A cluster's node takes 1 s to be believed dead, and its replica some more to be elected.
constexpr auto return_time = seconds{8};
const names none;

struct cluster_story {
    explicit cluster_story(private_cluster& of, redis::admission admit = {})
        : servers(of),
          keys(redis::open_keyspace(context.get_executor(), redis_options(of.url()), std::move(admit))) {}

    void tell(awaitable<void> (*story)(keyspace&, private_cluster&)) {
        start(context.get_executor(), "cluster", keys->run());
        run(context, story(*keys, servers), [&] { keys->stop(); });
    }

    boost::asio::io_context context{1};
    private_cluster& servers;
    std::unique_ptr<keyspace> keys;
};

awaitable<void> connected(keyspace& keys, steady_clock::duration within = seconds{5}) {
    const bool is_up = co_await until([&keys] { return keys.is_connected(); }, within);
    INFO(keys.last_failure());
    REQUIRE(is_up);
}

awaitable<std::string> ask_for_text(keyspace& keys, redis::command_line argv) {
    keyed_command q = redis::to_keyed_command(argv);
    const auto answer = co_await keys.exec_one(std::move(q), soon());
    co_return text(answer);
}

template <class... Words>
awaitable<std::string> ask(keyspace& keys, Words... w) {
    return ask_for_text(keys, words(w...));
}

awaitable<result<keyspace::strings>> strings(keyspace& keys, std::string first, names others) {
    auto answers = co_await keys.get_strings(first, others, soon());
    co_return keys.strings_in(std::move(answers), others.size());
}

// One key in each third of the slots.
const std::string low = "weir:v1:a";
const std::string middle = "weir:v1:c";
const std::string high = "weir:v1:b";

TEST_CASE("each key is asked for at the master of its slot in one round trip for all") {
    private_cluster servers(false);
    cluster_story(servers).tell([](keyspace& keys, private_cluster& c) -> awaitable<void> {
        const names no_others;
        const auto too_early = co_await strings(keys, low, no_others);
        REQUIRE(too_early.error() == errc::unavailable);
        co_await connected(keys);
        std::vector<keyed_command> commands;
        const names all{low, middle, high};
        std::set<private_redis*> owners;
        for (const std::string& key : all) {
            commands.push_back({redis::formatted("SET", key, "value of " + key)});
            commands.push_back({redis::formatted("APPEND", key, "!")});
            owners.insert(&c.owner_of(slot_of(key)));
            REQUIRE(keys.home_of(key)->port == c.owner_of(slot_of(key)).port());
        }
        REQUIRE(owners.size() == 3);
        const auto stored = co_await keys.exec_all(std::move(commands), soon());
        REQUIRE(stored.has_value());
        REQUIRE(stored->size() == 6);
        for (const std::string& key : all) {
            REQUIRE(c.owner_of(slot_of(key)).command({"GET", key}) == "value of " + key + "!");
        }
        const names others{"weir:v1:nothing", low};
        const auto found = co_await strings(keys, high, others);
        REQUIRE(found->first == "value of " + high + "!");
        REQUIRE_FALSE(found->others.at(0).has_value());
        REQUIRE(found->others.at(1) == "value of " + low + "!");
        REQUIRE(keys.stats().connections == 3);
    });
}

TEST_CASE("L2 lives on a cluster with values and tags in different slots") {
    private_cluster servers(false);
    cluster_story(servers).tell([](keyspace& keys, private_cluster&) -> awaitable<void> {
        co_await connected(keys);
        redis_l2 l2(keys);
        const names tags{middle, high};
        const auto versions = co_await l2.ensure_versions(tags, soon());
        REQUIRE(versions.has_value());
        const auto lease = co_await l2.take_lease(low, "", "t1", seconds{60}, soon());
        REQUIRE(lease->what == lease_reply::outcome::granted);
        const auto stored = co_await l2.fill(low, "t1", "v1", seconds{60}, soon());
        REQUIRE(stored.has_value());
        REQUIRE(*stored);
        const auto found = co_await l2.get(low, tags, soon());
        REQUIRE(found->value == "v1");
        REQUIRE(found->tag_versions[0] == versions->at(0));
        REQUIRE(found->tag_versions[1] == versions->at(1));
        const auto second = co_await l2.take_lease("weir:v1:other", "", "t2", seconds{60}, soon());
        REQUIRE(second->what == lease_reply::outcome::granted);
        const names touched{low, "weir:v1:other"};
        const names touched_tags{high};
        const auto invalidated = co_await l2.invalidate(touched, touched_tags, soon());
        REQUIRE(invalidated.has_value());
        const auto after = co_await l2.get(low, tags, soon());
        REQUIRE_FALSE(after->value.has_value());
        REQUIRE(after->tag_versions[0] == versions->at(0));
        REQUIRE(after->tag_versions[1] != versions->at(1));
        const auto refused = co_await l2.fill("weir:v1:other", "t2", "v1", seconds{60}, soon());
        REQUIRE_FALSE(*refused);
    });
}

TEST_CASE("commands follow a slot while it is on its way and when it has arrived") {
    private_cluster servers(false);
    cluster_story(servers).tell([](keyspace& keys, private_cluster& c) -> awaitable<void> {
        co_await connected(keys);
        redis_l2 l2(keys);
        const std::uint16_t slot = slot_of(low);
        private_redis& source = c.owner_of(slot);
        private_redis& target = c.other_than(source);
        const auto before = co_await ask(keys, "SET", low, "v1");
        REQUIRE(before == "OK");

        c.begin_move(slot, target);
        const auto still_there = co_await ask(keys, "GET", low);
        REQUIRE(still_there == "v1");
        c.move_keys(slot, target);
        const auto asked_there = co_await ask(keys, "GET", low);
        REQUIRE(asked_there == "v1");
        const names others{high};
        const auto found = co_await strings(keys, low, others);
        REQUIRE(found->first == "v1");
        const names touched{low};
        const auto invalidated = co_await l2.invalidate(touched, none, soon());
        REQUIRE(invalidated.has_value());
        const auto gone = co_await ask(keys, "GET", low);
        REQUIRE(gone == "(nil)");
        // Value and lease are nowhere: no server can tell that the other has neither.
        const auto lease = co_await l2.take_lease(low, "", "t1", seconds{60}, soon());
        REQUIRE(lease.error() == errc::unavailable);
        const auto left_behind = co_await ask(keys, "GET", lease_key(low));
        REQUIRE(left_behind == "(nil)");
        const auto written = co_await ask(keys, "SET", low, "v2");
        REQUIRE(written == "OK");

        c.end_move(slot, target);
        const auto moved = co_await ask(keys, "GET", low);
        REQUIRE(moved == "v2");
        REQUIRE(target.command({"GET", low}) == "v2");
        REQUIRE(keys.home_of(low)->port == target.port());
        REQUIRE(keys.is_connected());
        const redis::script append("return redis.call('APPEND', KEYS[1], ARGV[1])");
        const names one{low};
        const names mark{"!"};
        const auto in_script = co_await append.run(keys, one, mark, soon());
        REQUIRE(text(in_script) == "3");
    });
}

TEST_CASE("a lease on its way to another server is deleted before its value") {
    private_cluster servers(false);
    cluster_story(servers).tell([](keyspace& keys, private_cluster& c) -> awaitable<void> {
        co_await connected(keys);
        redis_l2 l2(keys);
        const std::uint16_t slot = slot_of(low);
        private_redis& target = c.other_than(c.owner_of(slot));
        co_await l2.take_lease(low, "", "t1", seconds{60}, soon());
        c.begin_move(slot, target);
        c.move_keys(slot, target);  // the lease
        const names touched{low};
        const auto invalidated = co_await l2.invalidate(touched, none, soon());
        REQUIRE(invalidated.has_value());
        c.end_move(slot, target);
        REQUIRE(target.command({"EXISTS", lease_key(low)}) == "0");
        const auto refused = co_await l2.fill(low, "t1", "old", seconds{60}, soon());
        REQUIRE(refused.has_value());
        REQUIRE_FALSE(*refused);
    });
}

TEST_CASE("a master's failover is survived and the other slots are served meanwhile") {
    private_cluster servers;
    cluster_story(servers).tell([](keyspace& keys, private_cluster& c) -> awaitable<void> {
        co_await connected(keys);
        for (const std::string& key : {low, middle, high}) {
            const auto stored = co_await ask(keys, "SET", key, "v1");
            REQUIRE(stored == "OK");
        }
        private_redis& old = c.owner_of(slot_of(low));
        old.kill_hard();
        const bool noticed = co_await until([&keys] { return !keys.is_connected(); }, seconds{5});
        REQUIRE(noticed);
        const auto missing = co_await ask(keys, "GET", low);
        REQUIRE(missing == "(" + make_error_code(errc::unavailable).message() + ")");
        const auto served = co_await ask(keys, "GET", middle);
        REQUIRE(served == "v1");

        co_await connected(keys, return_time);
        const auto again = co_await ask(keys, "SET", low, "v2");
        REQUIRE(again == "OK");
        REQUIRE(c.owner_of(slot_of(low)).command({"GET", low}) == "v2");
        REQUIRE(&c.owner_of(slot_of(low)) != &old);
        REQUIRE(keys.last_failure().empty());
    });
}

TEST_CASE("the bus of a cluster is where its keys are and follows their slot") {
    private_cluster servers(false);
    cluster_story(servers).tell([](keyspace& keys, private_cluster& c) -> awaitable<void> {
        co_await connected(keys);
        const auto executor = co_await boost::asio::this_coro::executor;
        subscriber ear(executor, redis_options(c.url()));
        redis_bus bus(keys, ear, "weir:v1");
        const auto opened = co_await bus.open("n1", soon());
        REQUIRE(opened.has_value());
        const std::uint16_t slot = slot_of("weir:registry:{weir:v1}");
        private_redis& source = c.owner_of(slot);
        REQUIRE(ear.peer().port == source.port());
        co_await bus.join("n1", seconds{60}, soon());
        const auto sent = co_await bus.acknowledge("n1", "n2", 3, soon());
        REQUIRE(sent.has_value());
        const auto acknowledged = co_await bus.receive();
        REQUIRE(std::get<bus_acknowledgement>(acknowledged->front()).sequence == 3);

        private_redis& target = c.other_than(source);
        c.begin_move(slot, target);
        c.move_keys(slot, target);
        c.end_move(slot, target);
        const auto renewed = co_await bus.join("n1", seconds{60}, soon());
        REQUIRE(renewed.has_value());
        REQUIRE_FALSE(renewed->was_member);  // another server's registry is none
        const auto lost = co_await bus.receive();
        REQUIRE(lost.error() == errc::unavailable);
        const auto again = co_await bus.open("n2", soon());
        REQUIRE(again.has_value());
        REQUIRE(ear.peer().port == target.port());
        const names touched{low};
        const auto announced = co_await bus.announce("n2", touched, none, soon());
        REQUIRE(announced->live.size() == 1);
        REQUIRE(announced->registry_age < seconds{5});
        const auto received = co_await bus.receive();
        REQUIRE(std::get<bus_message>(received->front()).keys == touched);
    });
}

TEST_CASE("each master of a cluster is admitted by its own identity") {
    private_cluster servers(false);
    std::set<std::string> admitted;
    cluster_story(servers, [&admitted](std::string identity, deadline) -> awaitable<bool> {
        return [](std::set<std::string>& into, std::string who) -> awaitable<bool> {
            into.insert(std::move(who));
            co_return true;
        }(admitted, std::move(identity));
    }).tell([](keyspace& keys, private_cluster&) -> awaitable<void> { co_await connected(keys); });
    REQUIRE(admitted.size() == 3);
}

TEST_CASE("a server that is no cluster is told apart and stop ends the search") {
    private_redis server;
    boost::asio::io_context context{1};
    const auto keys =
        redis::open_keyspace(context.get_executor(), redis_options("redis+cluster://" + server.address()));
    start(context.get_executor(), "cluster", keys->run());
    while (keys->last_failure().empty() && context.run_one() > 0) {
    }
    REQUIRE(keys->last_failure() == server.address() + ": ERR This instance has cluster support disabled");
    REQUIRE_FALSE(keys->is_connected());
    keys->stop();
    context.run();
}

}  // namespace

}  // namespace weir::redis_cluster_test
