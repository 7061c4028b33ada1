#include "weir/cache/write_path.hpp"

#include "weir/cache/invalidation_steps.hpp"
#include "weir/cache/relay.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_l2.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"
#include "support/throwing_store.hpp"

#include <prometheus/registry.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace weir::write_path_test {
namespace {

struct world {
    explicit world(milliseconds l2_timeout = milliseconds{50}) : in_l2(l2, l2_timeout) {
        db.on_write("update_product", [](const std::vector<sql_value>&) -> result<fake::effect> {
            return fake::effect{.row = R"({"id":"p1"})",
                                .changes = {},
                                .images = {test::image_of("p1", "en"), test::image_of("p1", "id")}};
        });
    }

    write_receipt write_now() {
        return test::run(context, path.perform(declared.writes[0], {}, deadline::in(seconds{5}))).value();
    }

    policy declared = test::shop_policy();
    policy_handle policies{test::borrowed(declared)};
    prometheus::Registry registry;
    fake::l2 shared_l2;
    fake::l2_store l2{shared_l2};
    fake::database db;
    fake::write_store store{db};
    fake::outbox pending{db};
    boost::asio::io_context context;
    coherence node;
    l1 memory{{}, node};
    admissions servers;
    l2_step in_l2;
    local_step here{node, &memory, nullptr};
    invalidation follows{policies, {&in_l2, &here}, here, registry};
    write_path path{context.get_executor(), follows, store};
    relay carrier{
        context.get_executor(), {.poll_interval = milliseconds{5}}, pending, follows, servers, registry};
};

const std::vector<std::string> both_lists_and_the_item{"weir:v1:products:item:p1", "weir:v1:products:list:en",
                                                       "weir:v1:products:list:id"};

TEST_CASE("a write deletes the keys of the row before and after it and settles its outbox rows") {
    world w;
    for (const auto& key : both_lists_and_the_item) w.shared_l2.put(key, "old", seconds{600});
    w.shared_l2.put("weir:v1:products:item:p2", "unrelated", seconds{600});
    const auto receipt = w.write_now();
    CHECK(receipt.row == R"({"id":"p1"})");
    CHECK(receipt.invalidated == both_lists_and_the_item);
    CHECK_FALSE(receipt.is_pending);
    for (const auto& key : both_lists_and_the_item) CHECK_FALSE(w.shared_l2.value(key).has_value());
    CHECK(w.shared_l2.value("weir:v1:products:item:p2").has_value());
    CHECK(w.db.pending().empty());
}

TEST_CASE("nothing is deleted when the transaction did not commit") {
    world w;
    w.shared_l2.put(test::item_key, "still true", seconds{600});
    w.db.fail_writes(errc::constraint);
    const auto refused =
        test::run(w.context, w.path.perform(w.declared.writes[0], {}, deadline::in(seconds{5})));
    CHECK(refused.error() == errc::constraint);
    CHECK(w.shared_l2.value(test::item_key).has_value());
}

TEST_CASE("a column value that gives no key forgets the whole resource and is counted") {
    world w;
    w.declared.changes[0].columns[0].rule.type = value_type::integer;
    const auto receipt = w.write_now();  // the id of its rows is p1
    CHECK(std::count(receipt.invalidated.begin(), receipt.invalidated.end(), "weir:v1:all:product") == 1);
    double counted = 0;
    for (const auto& family : w.registry.Collect()) {
        if (family.name != "weir_refused_columns_total") continue;
        for (const auto& one : family.metric) counted += one.counter.value;
    }
    CHECK(counted == 1);
}

TEST_CASE("a write to no row touches nothing") {
    world w;
    w.db.on_write("update_product", [](const std::vector<sql_value>&) -> result<fake::effect> {
        return fake::effect{.row = std::nullopt, .changes = {}, .images = {}};
    });
    const auto receipt = w.write_now();
    CHECK_FALSE(receipt.row.has_value());
    CHECK(receipt.invalidated.empty());
}

TEST_CASE("while L2 is away a write is pending and the relay delivers it later") {
    world w;
    for (const auto& key : both_lists_and_the_item) w.shared_l2.put(key, "old", seconds{600});
    w.shared_l2.fail(errc::unavailable);
    const auto receipt = w.write_now();
    CHECK(receipt.is_pending);
    CHECK(w.db.pending().size() == 2);

    test::run(w.context, [](world& here) -> awaitable<void> {
        start(here.context.get_executor(), "relay", here.carrier.run());
        co_await sleep_for(milliseconds{20});
        CHECK(here.db.pending().size() == 2);  // tried, failed, kept
        here.shared_l2.fail(std::nullopt);
        const auto until = deadline::in(seconds{5});
        while (!here.db.pending().empty() && !until.passed()) co_await sleep_for(milliseconds{1});
        here.carrier.stop();
    }(w));
    CHECK(w.db.pending().empty());
    for (const auto& key : both_lists_and_the_item) CHECK_FALSE(w.shared_l2.value(key).has_value());
}

TEST_CASE("a node whose write is pending does not itself go on showing the old state from L1") {
    world w;
    w.node.trust_until(steady_clock::now() + seconds{60});
    entry_parts old;
    old.soft_expiry = old.hard_expiry = unix_now() + seconds{60};
    const auto noted = w.node.take(test::item_key, {});
    REQUIRE(w.memory.insert(test::item_key, old, {}, noted, old.hard_expiry, steady_clock::now()));
    w.shared_l2.fail(errc::unavailable);
    CHECK(w.write_now().is_pending);
    CHECK(w.memory.find(test::item_key, unix_now()) == nullptr);
}

TEST_CASE("a write that bypassed the service is delivered by the relay") {
    world w;
    w.shared_l2.put(test::item_key, "old", seconds{600});
    w.db.change_behind({.row = {}, .changes = {}, .images = {test::image_of("p1", "en")}});
    test::run(w.context, [](world& here) -> awaitable<void> {
        start(here.context.get_executor(), "relay", here.carrier.run());
        const auto until = deadline::in(seconds{5});
        while (!here.db.pending().empty() && !until.passed()) co_await sleep_for(milliseconds{1});
        here.carrier.stop();
    }(w));
    CHECK_FALSE(w.shared_l2.value(test::item_key).has_value());
}

TEST_CASE("a write whose outbox rows could not be removed is done and delivered once more") {
    world w;
    w.db.fail_settling(errc::unavailable);
    const auto receipt = w.write_now();
    CHECK_FALSE(receipt.is_pending);
    CHECK(w.db.pending().size() == 2);
}

// Throws so often on deliver_pending(), as a defect would.
class throwing_outbox final : public outbox {
 public:
    explicit throwing_outbox(outbox& honest) : honest_(honest) {}

    awaitable<result<registration>> enter(const consumer_facts& as, context within) override {
        return honest_.enter(as, within);
    }
    awaitable<result<bool>> open(const std::vector<std::string>& identities, context within) override {
        return honest_.open(identities, within);
    }
    awaitable<result<void>> leave(milliseconds left, context within) override {
        return honest_.leave(left, within);
    }
    awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                   context within) override {
        if (throws > 0) {
            throws -= 1;
            throw std::runtime_error("a defect");
        }
        return honest_.deliver_pending(most, std::move(deliver), within);
    }
    awaitable<result<bool>> admit(const std::string& identity, context within) override {
        return honest_.admit(identity, within);
    }
    awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most, context within) override {
        return honest_.forget(retention, most, within);
    }

    int throws = 20;

 private:
    outbox& honest_;
};

TEST_CASE("a relay goes on after defects in its rounds") {
    world w;
    throwing_outbox pending{w.pending};
    prometheus::Registry registry;
    relay carrier{w.context.get_executor(),
                  {.poll_interval = milliseconds{1}},
                  pending,
                  w.follows,
                  w.servers,
                  registry};
    w.db.change_behind({.row = {}, .changes = {}, .images = {test::image_of("p1", "en")}});
    test::run(w.context, [](world& here, relay& by) -> awaitable<void> {
        start(here.context.get_executor(), "relay", by.run());
        const auto until = deadline::in(seconds{5});
        while (!here.db.pending().empty() && !until.passed()) co_await sleep_for(milliseconds{1});
        by.stop();
    }(w, carrier));
    CHECK(w.db.pending().empty());
}

TEST_CASE("rows are settled again after a defect has ended a settling") {
    world w;
    test::throwing_store store{w.store};
    write_path path{w.context.get_executor(), w.follows, store};
    const auto write_now = [&] {
        return test::run(w.context, path.perform(w.declared.writes[0], {}, deadline::in(seconds{5})));
    };
    CHECK(write_now().has_value());
    CHECK(w.db.pending().size() == 2);
    store.throws = false;
    CHECK(write_now().has_value());
    CHECK(w.db.pending().size() == 2);  // those of the second write are settled
}

TEST_CASE(
    "a write whose commit is lost says that its outcome is unknown and the relay deletes what it touched") {
    world w;
    w.shared_l2.put(test::item_key, "old", seconds{600});
    w.db.fail_writes(errc::outcome_unknown);
    const auto lost =
        test::run(w.context, w.path.perform(w.declared.writes[0], {}, deadline::in(seconds{5})));
    CHECK(lost.error() == errc::outcome_unknown);
    test::run(w.context, [](world& here) -> awaitable<void> {
        start(here.context.get_executor(), "relay", here.carrier.run());
        const auto until = deadline::in(seconds{5});
        while (!here.db.pending().empty() && !until.passed()) co_await sleep_for(milliseconds{1});
        here.carrier.stop();
    }(w));
    CHECK_FALSE(w.shared_l2.value(test::item_key).has_value());
}

TEST_CASE("a manual refresh deletes keys without a write and says when L2 is away") {
    world w;
    w.shared_l2.put(test::item_key, "old", seconds{600});
    CHECK(
        test::run(w.context, w.path.invalidate({test::item_key}, {}, deadline::in(seconds{1}))).has_value());
    CHECK_FALSE(w.shared_l2.value(test::item_key).has_value());
    w.shared_l2.fail(errc::unavailable);
    CHECK(test::run(w.context, w.path.invalidate({test::item_key}, {}, deadline::in(seconds{1}))).error() ==
          errc::unavailable);
}

TEST_CASE("a manual refresh gives up at its deadline and this node has forgotten") {
    world w{seconds{60}};
    w.node.trust_until(steady_clock::now() + seconds{60});
    entry_parts old;
    old.soft_expiry = old.hard_expiry = unix_now() + seconds{60};
    const auto noted = w.node.take(test::item_key, {});
    REQUIRE(w.memory.insert(test::item_key, old, {}, noted, old.hard_expiry, steady_clock::now()));
    w.shared_l2.hold(fake::l2_call::invalidate, fake::l2_hold::before_acting);
    const auto began = steady_clock::now();
    const auto late =
        test::run(w.context, w.path.invalidate({test::item_key}, {}, deadline::in(milliseconds{50})));
    CHECK(late.error() == errc::timeout);
    CHECK(steady_clock::now() - began < seconds{5});
    CHECK(w.memory.find(test::item_key, unix_now()) == nullptr);
}

TEST_CASE("the invalidation of a committed write does not end with its request's deadline") {
    world w{seconds{60}};
    w.shared_l2.hold(fake::l2_call::invalidate, fake::l2_hold::before_acting);
    test::run(w.context, [](world& here) -> awaitable<void> {
        std::optional<write_result<write_receipt>> receipt;
        const auto short_request = deadline::in(milliseconds{20});
        start(
            here.context.get_executor(), "write",
            [](world& in, deadline until, std::optional<write_result<write_receipt>>& to) -> awaitable<void> {
                to = co_await in.path.perform(in.declared.writes[0], {}, until);
            }(here, short_request, receipt));
        const bool is_held =
            co_await here.shared_l2.until_held(fake::l2_call::invalidate, 1, deadline::in(seconds{5}));
        CHECK(is_held);
        while (!short_request.passed()) co_await sleep_for(milliseconds{5});
        here.shared_l2.release(fake::l2_call::invalidate);
        const auto bound = deadline::in(seconds{5});
        while (!receipt && !bound.passed()) co_await sleep_for(milliseconds{1});
        REQUIRE(receipt);
        CHECK_FALSE(receipt->value().is_pending);
    }(w));
}

}  // namespace

}  // namespace weir::write_path_test
