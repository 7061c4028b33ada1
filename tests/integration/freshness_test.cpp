// The promise, on real Redis and Postgres, with the shipped configuration: interleavings are forced by
// holding a reader between its load and its fill, not by sleeping.
#include "weir/adapters/postgres_loader.hpp"
#include "weir/adapters/postgres_outbox.hpp"
#include "weir/adapters/postgres_write_store.hpp"
#include "weir/adapters/redis_l2.hpp"
#include "weir/async/task.hpp"
#include "weir/base/metrics_registry.hpp"
#include "weir/cache/invalidation_steps.hpp"
#include "weir/cache/read_path.hpp"
#include "weir/cache/relay.hpp"
#include "weir/cache/write_path.hpp"
#include "weir/config/load.hpp"
#include "weir/policy/change_map.hpp"
#include "weir/redis/client.hpp"
#include "weir/schema/migration.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/servers.hpp"

#include <optional>
#include <stdexcept>
#include <string_view>

namespace weir::freshness_test {
namespace {

policy shipped_policy() {
    const auto env = [](const std::string&) { return std::optional<std::string>{}; };
    auto loaded = config::load(WEIR_SOURCE_DIR "/config/weir.toml", env, config::admin_token::optional);
    return std::get<config::configuration>(std::move(loaded)).policy;
}

// A loader that can be stopped after it has read: what it holds is then older than whatever is written next.
class gated_loader final : public loader {
 public:
    explicit gated_loader(loader& real) : real_(real) {}

    void close_gate() { gate_ = std::make_shared<event>(); }
    void open_gate() { std::exchange(gate_, nullptr)->set(); }
    awaitable<bool> until_loaded() { co_return co_await loaded_.wait(deadline::in(seconds{20})); }

    awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values,
                                        context within) override {
        auto body = co_await real_.load(what, values, within);
        const auto gate = gate_;
        loaded_.set();
        if (gate) co_await gate->wait(deadline::in(seconds{20}));
        co_return body;
    }

 private:
    loader& real_;
    std::shared_ptr<event> gate_;
    event loaded_;
};

struct world {
    world() {
        database.load(WEIR_SOURCE_DIR "/config/schema.sql");
        const auto migrated = test::run(context, migrate(postgres::conninfo::parse(database.url()), declared,
                                                         leftovers::kept, deadline::in(seconds{20})));
        if (migrated.failure) throw std::runtime_error(migrated.problem);
        database.query(
            "insert into products (id, locale, name, description, price_cents, currency, published)"
            " values ('p1', 'en', 'One', '', 100, 'EUR', true); delete from weir.outbox");
    }

    resource_ptr the(const std::string& name) const {
        for (const resource& r : declared.resources) {
            if (r.name == name) return test::borrowed(r);
        }
        throw std::invalid_argument(name);
    }
    const write& the_write(const std::string& name) const {
        for (const write& w : declared.writes) {
            if (w.name == name) return w;
        }
        throw std::invalid_argument(name);
    }

    policy declared = shipped_policy();
    policy_handle policies{test::borrowed(declared)};
    test::private_redis redis_server;
    test::private_postgres database;
    metrics_registry registry;
    read_metrics counts{registry, declared};
    absence_budget absences{100};
    boost::asio::io_context context;
};

// What a worker of one process has. Two of them are two processes: they share no flights.
struct node {
    explicit node(world& w)
        : in(w),
          executor(w.context.get_executor()),
          redis_client(executor, std::get<redis::options>(redis::parse_url(w.redis_server.url()))),
          l2(redis_client),
          pool(executor, {.to = postgres::conninfo::parse(w.database.url())}),
          database(pool),
          gated(database),
          tiers{in_flight, coherence, nullptr, w.absences, w.counts, {}},
          reads(executor, w.declared.key_head(),
                {.l2_timeout = seconds{5}, .load_timeout = seconds{20}, .lease_ttl = seconds{60}}, tiers, &l2,
                gated),
          store(pool, self),
          in_l2(l2, seconds{5}),
          local(coherence, nullptr, nullptr),
          follows(w.policies, {&in_l2, &local}, local, w.registry),
          writes(executor, follows, store),
          pending(pool, self),
          carrier(executor, {.poll_interval = milliseconds{50}}, pending, follows, servers, w.registry) {
        start(executor, "redis", redis_client.run());
    }

    awaitable<void> until_connected() {
        const auto until = deadline::in(seconds{20});
        while (!redis_client.is_connected() && !until.passed()) co_await sleep_for(milliseconds{5});
        const consumer_facts facts{.name = "one",
                                   .description = in.declared.key_head(),
                                   .needs = recorded_needs(in.declared),
                                   .retention = seconds{60},
                                   .lifetime = seconds{60}};
        const auto entered = co_await pending.enter(facts, until);
        REQUIRE(entered.has_value());
    }

    void stop() {
        carrier.stop();
        redis_client.stop();
        pool.stop();
    }

    awaitable<answer> get(std::string resource, std::string value) {
        std::vector<std::string> values{std::move(value)};
        auto got = co_await reads.get(in.the(resource), std::move(values), deadline::in(seconds{20}));
        co_return got.value();
    }

    using fields = std::vector<std::pair<std::string_view, std::string_view>>;  // literals

    // Values in the order of the write's declaration; fields that are not given are null.
    awaitable<write_receipt> apply(std::string name, fields given) {
        const write& w = in.the_write(name);
        std::vector<sql_value> values;
        for (const parameter& p : w.parameters) {
            sql_value value = p.default_value;
            for (const auto& [field, text] : given) {
                if (field == p.name) value = std::string{text};
            }
            values.push_back(value);
        }
        auto receipt = co_await writes.perform(w, std::move(values), deadline::in(seconds{20}));
        co_return receipt.value();
    }

    world& in;
    boost::asio::any_io_executor executor;
    weir::coherence coherence;
    flights in_flight{coherence};
    admissions servers;
    redis::client redis_client;
    redis_l2 l2;
    postgres::pool pool;
    postgres_loader database;
    gated_loader gated;
    read_tiers tiers;
    read_path reads;
    postgres_consumer self;
    postgres_write_store store;
    l2_step in_l2;
    local_step local;
    invalidation follows;
    write_path writes;
    postgres_outbox pending;
    relay carrier;
};

awaitable<void> get_into(node& n, std::string resource, std::string value, std::optional<answer>& out) {
    auto got = co_await n.get(std::move(resource), std::move(value));
    out = std::move(got);
}

bool has_price(const answer& a, int cents) {
    std::string field = "\"price_cents\":";
    field += std::to_string(cents);
    return a.content->body().find(field) != std::string::npos;
}

const std::vector<std::string> item_and_lists{"weir:v1:products:item:p1", "weir:v1:products:list:en",
                                              "weir:v1:tag:products:pages:en"};

awaitable<void> value_read_before_a_write(node& reader, node& writer) {
    co_await reader.until_connected();
    co_await writer.until_connected();
    reader.gated.close_gate();
    std::optional<answer> early;
    start(reader.executor, "reader", get_into(reader, "product", "p1", early));
    const bool has_loaded = co_await reader.gated.until_loaded();
    REQUIRE(has_loaded);

    node::fields new_price{{"id", "p1"}, {"price_cents", "200"}};
    const auto receipt = co_await writer.apply("update_product", std::move(new_price));
    CHECK_FALSE(receipt.is_pending);
    CHECK(receipt.invalidated == item_and_lists);

    reader.gated.open_gate();
    const auto until = deadline::in(seconds{20});
    while (!early && !until.passed()) co_await sleep_for(milliseconds{1});
    REQUIRE(early.has_value());
    CHECK(has_price(*early, 100));  // it was asked before the write
    CHECK_FALSE(early->how.is_stored);

    const auto later = co_await reader.get("product", "p1");
    CHECK(has_price(later, 200));
    reader.stop();
    writer.stop();
}

TEST_CASE("on real servers a value read before a write is never stored after it") {
    world w;
    node reader{w};
    node writer{w};
    test::run(w.context, value_read_before_a_write(reader, writer));
    CHECK(w.counts.of(*w.the("product")).fills_refused->Value() == 1);
}

awaitable<void> absence_read_before_a_create(node& reader, node& writer) {
    co_await reader.until_connected();
    co_await writer.until_connected();
    reader.gated.close_gate();
    std::optional<answer> early;
    start(reader.executor, "reader", get_into(reader, "product", "p2", early));
    const bool has_loaded = co_await reader.gated.until_loaded();
    REQUIRE(has_loaded);
    node::fields p2{
        {"id", "p2"}, {"locale", "en"}, {"name", "Two"}, {"price_cents", "5"}, {"currency", "EUR"}};
    const auto receipt = co_await writer.apply("create_product", std::move(p2));
    CHECK_FALSE(receipt.is_pending);
    reader.gated.open_gate();
    const auto until = deadline::in(seconds{20});
    while (!early && !until.passed()) co_await sleep_for(milliseconds{1});
    REQUIRE(early.has_value());
    CHECK(early->content->kind() == entry_kind::absence);
    CHECK_FALSE(early->how.is_stored);
    const auto later = co_await reader.get("product", "p2");
    CHECK(later.content->kind() == entry_kind::value);
    reader.stop();
    writer.stop();
}

TEST_CASE("on real servers an absence read before a create is never stored after it") {
    world w;
    node reader{w};
    node writer{w};
    test::run(w.context, absence_read_before_a_create(reader, writer));
}

awaitable<void> crash_between_commit_and_delete(world& w, node& survivor) {
    co_await survivor.until_connected();
    const auto cached = co_await survivor.get("product", "p1");
    REQUIRE(cached.how.is_stored);
    // A writer that dies after its commit leaves exactly this: the row changed, and the outbox rows.
    w.database.query("update products set price_cents = 300 where id = 'p1'");
    REQUIRE(w.database.query("select count(*) from weir.outbox") != "0");
    start(survivor.executor, "relay", survivor.carrier.run());
    const auto until = deadline::in(seconds{20});
    while (w.database.query("select count(*) from weir.outbox") != "0" && !until.passed()) {
        co_await sleep_for(milliseconds{5});
    }
    const auto repaired = co_await survivor.get("product", "p1");
    CHECK(has_price(repaired, 300));
    survivor.stop();
}

TEST_CASE("deletes that a crashed writer owed are delivered by the relay of another node") {
    world w;
    node survivor{w};
    test::run(w.context, crash_between_commit_and_delete(w, survivor));
}

awaitable<void> write_without_triggers(world& w, node& n) {
    co_await n.until_connected();
    w.database.query("drop trigger weir_update on products");
    const write& update = w.the_write("update_product");
    std::vector<sql_value> values(update.parameters.size());
    values[0] = "p1";
    values[4] = "777";
    const auto refused = co_await n.writes.perform(update, std::move(values), deadline::in(seconds{20}));
    CHECK(refused.error() == errc::rejected);
    n.stop();
}

TEST_CASE("a write that no trigger recorded is rolled back instead of acknowledged") {
    world w;
    node n{w};
    test::run(w.context, write_without_triggers(w, n));
    CHECK(w.database.query("select price_cents from products where id = 'p1'") == "100");
}

awaitable<void> uncommitted_write(world& w, node& n) {
    co_await n.until_connected();
    const auto cached = co_await n.get("product", "p1");
    REQUIRE(cached.how.is_stored);
    w.database.query("begin; update products set price_cents = 400 where id = 'p1'; rollback");
    CHECK(w.database.query("select count(*) from weir.outbox") == "0");
    const auto still = co_await n.get("product", "p1");
    CHECK(still.how.from == provenance::source::hit);
    n.stop();
}

TEST_CASE("a transaction that is rolled back owes no deletes") {
    world w;
    node n{w};
    test::run(w.context, uncommitted_write(w, n));
}

}  // namespace

}  // namespace weir::freshness_test
