// The outbox on real Postgres beyond its contract: nodes that race each other for a replay, and who waits for
// whom.
#include "weir/adapters/postgres_outbox.hpp"
#include "weir/adapters/postgres_write_store.hpp"
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_replay_test {

using namespace weir::test;

namespace {

const std::string pending_count = "select count(*) from weir.outbox where settled_at is null";

void open_shop(const private_postgres& server) {
    server.query("create table items (id text)");
    server.query(migration_script(declaring({{"items", {"id"}}})));
}

// Rows that were delivered long ago.
void retain(const private_postgres& server, const std::string& rows) {
    server.query(R"(insert into weir.outbox (table_name, image, settled_at)
                    select 'items', jsonb_build_object('id', n::text), clock_timestamp() from generate_series(1, )" +
                 rows + ") n");
}

template <class Story>
void tell(Story story, std::vector<std::string> settings = {}) {
    private_postgres server(std::move(settings));
    open_shop(server);
    boost::asio::io_context context;
    run(context, story(server));
}

struct node {
    postgres::pool pool;
    postgres_consumer self;
    postgres_outbox outbox{pool, self};
    explicit node(const private_postgres& server, boost::asio::any_io_executor executor)
        : pool(executor, pool_on(server)) {}
};

awaitable<result<void>> fine() {
    co_return result<void>{};
}

awaitable<std::size_t> deliver(node& by, std::size_t most) {
    const auto done = [](std::vector<outbox_row>) { return fine(); };
    const auto count = co_await by.outbox.deliver_pending(most, done, soon());
    REQUIRE(count.has_value());
    co_return *count;
}

awaitable<void> keep_asking(node& by, const private_postgres& server, bool& is_admitted, bool& was_early) {
    const auto until = soon();
    while (!is_admitted && !until.passed()) {
        const auto answer = co_await by.outbox.admit("new", until);
        if (!answer || !*answer) continue;
        was_early = server.query(pending_count) != "0";
        is_admitted = true;
    }
}

// The first node that asks replays. No node is admitted before the last row was delivered.
awaitable<void> several_nodes(private_postgres& server) {
    retain(server, "3000");
    const auto executor = co_await boost::asio::this_coro::executor;
    std::vector<std::unique_ptr<node>> nodes;
    constexpr std::size_t count = 4;
    bool is_admitted[count]{};
    bool was_early[count]{};
    for (std::size_t i = 0; i < count; ++i) {
        nodes.push_back(std::make_unique<node>(server, executor));
        co_await enter(nodes[i]->outbox);
        start(executor, "ask", keep_asking(*nodes[i], server, is_admitted[i], was_early[i]));
    }
    std::size_t delivered = 0;
    const auto until = soon();
    while (delivered < 3000 && !until.passed()) delivered += co_await deliver(*nodes[0], 500);
    CHECK(delivered == 3000);
    const auto are_all = co_await becomes_true(
        [&] { return std::all_of(is_admitted, is_admitted + count, [](bool b) { return b; }); });
    CHECK(are_all);
    for (const bool early : was_early) CHECK_FALSE(early);
    const auto more = co_await deliver(*nodes[1], 500);
    CHECK(more == 0);  // replayed once
}

// The last to be forgotten, so that the next restart finds it as well; and whatever is pending, since a relay
// may be delivering it to the server that was there before.
awaitable<void> one_of_a_kind(private_postgres& server) {
    server.query(R"(insert into weir.outbox (table_name, image, settled_at, due_at)
        select 'items', '{"id": "hot"}', clock_timestamp() - n * interval '1 s', clock_timestamp()
        from generate_series(1, 1000) n)");
    server.query(R"(insert into weir.outbox (table_name, image, settled_at, due_at)
        values ('items', '{"id": "cold"}', clock_timestamp(), clock_timestamp()),
               ('items', '{"id": "hot"}', null, clock_timestamp() + interval '1 h'),
               ('items', '{"id": "hot"}', null, clock_timestamp() + interval '1 h'))");
    const auto executor = co_await boost::asio::this_coro::executor;
    node one(server, executor);
    co_await enter(one.outbox);
    const auto asked = co_await one.outbox.admit("new", soon());
    REQUIRE(asked.has_value());
    CHECK_FALSE(*asked);
    const auto first = co_await deliver(one, 100);
    CHECK(first == 3);  // cold, and both that were pending
    const auto again = co_await one.outbox.admit("newer", soon());
    REQUIRE(again.has_value());
    const auto second = co_await deliver(one, 100);
    CHECK(second == 2);
}

// The replay is under way in another session, and not committed.
awaitable<void> replay_under_way(private_postgres& server) {
    retain(server, "3");
    const auto executor = co_await boost::asio::this_coro::executor;
    postgres::connection other(executor);
    const auto connected = co_await other.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto begun = co_await other.exec(
        "begin; select pg_advisory_xact_lock(7311825614921467); insert into weir.redis_identities "
        "(identity, consumer) values ('new', 1); "
        "update weir.outbox set settled_at = null, replays = '{1}'",
        soon());
    REQUIRE(begun.has_value());
    node one(server, executor);
    co_await enter(one.outbox);
    const auto start_of_question = steady_clock::now();
    const auto meanwhile = co_await one.outbox.admit("new", soon());
    REQUIRE(meanwhile.has_value());
    CHECK_FALSE(*meanwhile);
    CHECK(ms_since(start_of_question) < 2000);
    const auto committed = co_await other.exec("commit", soon());
    REQUIRE(committed.has_value());
    const auto after = co_await one.outbox.admit("new", soon());
    REQUIRE(after.has_value());
    CHECK_FALSE(*after);
    const auto count = co_await deliver(one, 10);
    CHECK(count == 3);
    const auto last = co_await one.outbox.admit("new", soon());
    REQUIRE(last.has_value());
    CHECK(*last);
}

// It is asked for with less time than it takes, and done all the same.
awaitable<void> outlives_its_question(private_postgres& server) {
    retain(server, "200000");
    const auto executor = co_await boost::asio::this_coro::executor;
    node one(server, executor);
    co_await enter(one.outbox);
    const auto late = co_await one.outbox.admit("new", deadline::in(milliseconds{30}));
    CHECK_FALSE(late.has_value());
    bool is_done = false;
    const auto until = deadline::in(seconds{30});
    while (!is_done && !until.passed()) {
        is_done = server.query(pending_count) == "200000";
        co_await sleep_for(milliseconds{20});
    }
    CHECK(is_done);
    const auto answer = co_await one.outbox.admit("new", soon());
    REQUIRE(answer.has_value());
    CHECK_FALSE(*answer);
}

awaitable<result<void>> settle_meanwhile(postgres_write_store& store, std::vector<outbox_row> rows,
                                         long long& took) {
    const std::vector<std::int64_t> ids{rows.at(0).id};
    const auto begun = steady_clock::now();
    const auto settled = co_await store.settle(ids, soon());
    CHECK(settled.has_value());
    took = ms_since(begun);
    co_return result<void>{};
}

awaitable<void> settling_waits_for_no_standby(private_postgres& server) {
    server.query("insert into items values ('a')");
    const auto executor = co_await boost::asio::this_coro::executor;
    node one(server, executor);
    co_await enter(one.outbox);
    postgres_write_store store(one.pool, one.self);
    long long took = 5000;
    const auto delivery = [&](std::vector<outbox_row> rows) {
        return settle_meanwhile(store, std::move(rows), took);
    };
    const auto count = co_await one.outbox.deliver_pending(10, delivery, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 1);
    CHECK(took < 2000);
    CHECK(server.query(pending_count) == "0");
}

// With a standby that never answers, a COMMIT that asks for more than the server's memory hangs.
awaitable<void> no_wait_for_disk(private_postgres& server) {
    server.query("insert into items values ('a'), ('b')");
    retain(server, "5");
    const auto executor = co_await boost::asio::this_coro::executor;
    node one(server, executor);
    co_await enter(one.outbox);
    server.query("alter system set synchronous_standby_names = 'nobody'");
    server.query("select pg_reload_conf()");
    const auto is_set =
        co_await becomes_true([&] { return server.query("show synchronous_standby_names") == "nobody"; });
    REQUIRE(is_set);
    postgres_write_store store(one.pool, one.self);
    const std::vector<std::int64_t> first{1};
    const auto settled = co_await store.settle(first, soon());
    CHECK(settled.has_value());
    const auto count = co_await deliver(one, 10);
    CHECK(count == 1);
    const auto forgotten = co_await one.outbox.forget(milliseconds{0}, 100, soon());
    REQUIRE(forgotten.has_value());
    CHECK(*forgotten == 7);
}

// A row that no statement can remove.
awaitable<void> settles_what_is_left(private_postgres& server) {
    retain(server, "3");
    server.query(
        "create function keep() returns trigger language plpgsql as "
        "'begin raise exception ''kept''; end'; "
        "create trigger keep before delete on weir.outbox for each row execute function keep(); "
        "insert into weir.outbox (table_name, image) values ('gone', '{}')");
    const auto executor = co_await boost::asio::this_coro::executor;
    node one(server, executor);
    co_await enter(one.outbox);
    const auto forgotten = co_await one.outbox.forget(milliseconds{0}, 100, soon());
    CHECK_FALSE(forgotten.has_value());
    CHECK(server.query(pending_count) == "0");
}

awaitable<void> order_of_due_times(private_postgres& server) {
    server.query(
        "insert into weir.outbox (table_name, image, writer, due_at) select 'items', "
        "jsonb_build_object('id', "
        "n::text), 1, "
        "clock_timestamp() + (case when n > 3 then '1 h' else '-1 s' end)::interval * n from "
        "generate_series(1, 5) n");
    const auto executor = co_await boost::asio::this_coro::executor;
    node one(server, executor);
    co_await enter(one.outbox);
    std::vector<std::int64_t> seen;
    const auto delivery = [&](std::vector<outbox_row> rows) {
        for (const auto& row : rows) seen.push_back(row.id);
        return fine();
    };
    const auto count = co_await one.outbox.deliver_pending(10, delivery, soon());
    REQUIRE(count.has_value());
    CHECK(seen == std::vector<std::int64_t>{3, 2, 1});
}

// What locks rows of the outbox for a consumer. The rows are those with ids 1 and 2.
awaitable<void> lock_both(node& by, std::string how) {
    if (how == "a relay's mark") co_await deliver(by, 10);
    if (how == "a replay") co_await by.outbox.admit("new", deadline::in(seconds{20}));
    if (how != "a write's mark") co_return;
    postgres_write_store store(by.pool, by.self);
    const std::vector<std::int64_t> both{2, 1};
    const auto settled = co_await store.settle(both, deadline::in(seconds{20}));
    CHECK(settled.has_value());
}

// Every scan finds row 2 before row 1.
awaitable<void> order_of_locks(private_postgres& server, std::string how) {
    server.query("insert into items values ('a'), ('b')");
    server.query("update weir.outbox set due_at = due_at where id = 1");
    REQUIRE(server.query("select string_agg(id::text, ',' order by ctid) from weir.outbox") == "2,1");
    const auto executor = co_await boost::asio::this_coro::executor;
    postgres::connection holder(executor);
    const auto connected = co_await holder.connect(postgres::conninfo::parse(server.url()), soon());
    REQUIRE(connected.has_value());
    const auto held = co_await holder.exec("begin; select from weir.outbox where id = 1 for update", soon());
    REQUIRE(held.has_value());
    node one(server, executor);
    co_await enter(one.outbox);
    bool is_done = false;
    start(executor, "lock", lock_both(one, how), [&] { is_done = true; });
    const auto is_waiting = co_await becomes_true([&] {
        return server.query("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == "1";
    });
    CHECK(is_waiting);
    CHECK(server.query("select id from weir.outbox where id = 2 for update skip locked") == "2");
    co_await holder.exec("rollback", soon());
    const auto has_ended = co_await becomes_true([&] { return is_done; });
    CHECK(has_ended);
}

// docs/migration.md names these rights.
awaitable<void> few_rights(private_postgres& server) {
    server.query(
        "create role app login; grant select, insert on items to app; grant usage on schema weir to app; "
        "grant select, update, delete on weir.outbox to app; grant select, insert, delete on "
        "weir.redis_identities to app; grant select, insert, update, delete on weir.consumers, weir.claims "
        "to app");
    auto options = pool_on(server);
    options.to.set("user", "app");
    const auto executor = co_await boost::asio::this_coro::executor;
    postgres::pool pool(executor, options);
    postgres_consumer self;
    postgres_outbox outbox(pool, self);
    postgres_write_store store(pool, self);
    co_await enter(outbox);
    weir::write insert;
    insert.name = "insert";
    insert.statements = {
        {.name = "insert",
         .sql = "with w as (insert into items values ($1) returning *) select row_to_json(w)::text from w",
         .values = {0}}};
    const std::vector<sql_value> a{"a"};
    const auto written = co_await store.commit(insert, a, soon());
    REQUIRE(written.has_value());
    const std::vector<std::int64_t> ids{written->outbox_rows.at(0).id};
    const auto settled = co_await store.settle(ids, soon());
    CHECK(settled.has_value());
    const auto admitted = co_await outbox.admit("new", soon());
    CHECK(admitted.has_value());
    const auto done = [](std::vector<outbox_row>) { return fine(); };
    const auto delivered = co_await outbox.deliver_pending(10, done, soon());
    REQUIRE(delivered.has_value());
    CHECK(*delivered == 1);
    const auto forgotten = co_await outbox.forget(milliseconds{0}, 10, soon());
    REQUIRE(forgotten.has_value());
    CHECK(*forgotten == 1);
}

}  // namespace

TEST_CASE("of several nodes that meet a new redis one replays and none reads early") {
    tell(several_nodes);
}

TEST_CASE("of settled rows that say the same one is replayed") {
    tell(one_of_a_kind);
}

TEST_CASE("a node that meets another one's replay neither waits nor reads early") {
    tell(replay_under_way);
}

TEST_CASE("a replay that outlasts its question is done all the same") {
    tell(outlives_its_question);
}

TEST_CASE("a writer's settling does not wait for a relay that delivers the same row") {
    tell(settling_waits_for_no_standby);
}

TEST_CASE("settling and forgetting wait for no disk and no standby") {
    tell(no_wait_for_disk);
}

TEST_CASE("rows that wait for no consumer are settled even if forgetting fails") {
    tell(settles_what_is_left);
}

TEST_CASE("rows are delivered in the order in which they became due") {
    tell(order_of_due_times);
}

TEST_CASE("rows of the outbox are locked by id so that nodes with common rows never wait for each other") {
    const auto how = GENERATE(as<std::string>{}, "a write's mark", "a relay's mark", "a replay");
    tell([how](private_postgres& server) { return order_of_locks(server, how); },
         {"enable_indexscan=off", "enable_indexonlyscan=off", "enable_bitmapscan=off"});
}

TEST_CASE("a role that may do no more with the schema weir than it must can serve") {
    tell(few_rights);
}

}  // namespace weir::postgres_replay_test
