// What the adapters do on a real server beyond their ports' contract: faults, locks, foreign rows.
#include "weir/adapters/postgres_loader.hpp"
#include "weir/adapters/postgres_outbox.hpp"
#include "weir/adapters/postgres_write_store.hpp"
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_adapters_test {

using namespace weir::test;

namespace {

resource reading(std::string sql) {
    resource made;
    made.name = "item";
    made.from = sql_load{.select = {.name = "item", .sql = std::move(sql), .values = {0}}};
    return made;
}

weir::write writing(std::string sql) {
    weir::write made;
    made.name = "put";
    made.statements = {{.name = "put", .sql = std::move(sql), .values = {0}}};
    return made;
}

void open_shop(const private_postgres& server) {
    server.query("create table items (id text primary key, price numeric(3, 1))");
    server.query("begin;" + migration_sql(declaring({{"items", {"id"}}})) + "commit");
}

const std::string owed = "select count(*) from weir.outbox where settled_at is null";
const std::string insert =
    "with w as (insert into items (id) values ($1) returning *) select row_to_json(w)::text from w";
const std::vector<sql_value> a{"a"};

awaitable<void> several_rows(const private_postgres& server) {
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    postgres_loader loader(p);
    const auto what = reading("select '{}' from generate_series(1, $1::int)");
    const std::vector<std::string> two{"2"};
    const auto refused = co_await loader.load(what, two, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::rejected);
    const std::vector<std::string> one{"1"};
    const auto good = co_await loader.load(what, one, soon());
    CHECK(good.has_value());
}

// Whether or not the news of the closed connection came first, the read must not see it.
awaitable<void> terminated(const private_postgres& server) {
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    postgres_loader loader(p);
    const auto what = reading("select $1::text");
    const std::vector<std::string> one{"1"};
    for (int i = 0; i < 30; ++i) {
        const auto good = co_await loader.load(what, one, soon());
        CHECK(good.has_value());
        server.query(
            "select pg_terminate_backend(pid, 1000) from pg_stat_activity where application_name = 'weir'");
    }
}

awaitable<void> error_is_no_absence(const private_postgres& server) {
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    postgres_loader loader(p);
    const std::vector<std::string> one{"1"};
    const auto what = reading("select pg_sleep($1::int)::text");
    const auto late = co_await loader.load(what, one, deadline::in(milliseconds{50}));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == errc::timeout);
    const auto broken = reading("select id from no_such_table where id = $1");
    const auto refused = co_await loader.load(broken, one, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::rejected);
}

awaitable<void> unreadable_texts(const private_postgres& server) {
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    postgres_loader loader(p);
    const std::vector<std::string> sent{"x"};
    const auto cast = reading("select $1::int::text");
    const auto refused = co_await loader.load(cast, sent, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::malformed);
    auto own = reading("select 'x'::text::int::text");
    auto& select = std::get<sql_load>(own.from).select;
    select.name = "own";
    select.values = {};
    const auto broken = co_await loader.load(own, sent, soon());
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error() == errc::rejected);
}

// A replica that never answers holds up COMMIT itself, and nothing before it.
awaitable<void> lost_commit(private_postgres& server) {
    server.query("alter system set synchronous_standby_names = 'nobody'");
    server.query("select pg_reload_conf()");
    const auto is_set =
        co_await becomes_true([&] { return server.query("show synchronous_standby_names") == "nobody"; });
    REQUIRE(is_set);
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(p, self);
    const auto what = writing(insert);
    const auto unheard = co_await store.commit(what, a, deadline::in(milliseconds{200}));
    REQUIRE_FALSE(unheard.has_value());
    CHECK(unheard.error() == errc::outcome_unknown);
    const auto is_there = co_await becomes_true([&] {
        server.query("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
        return server.query("select count(*) from items") == "1";
    });
    CHECK(is_there);  // it was done after all
}

awaitable<void> refused_commit(private_postgres& server) {
    server.query("create table parts (id text references items deferrable initially deferred)");
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(p, self);
    const auto what =
        writing("with w as (insert into parts values ($1) returning *) select row_to_json(w)::text from w");
    const auto refused = co_await store.commit(what, a, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::conflict);
    CHECK(server.query("select count(*) from parts") == "0");
}

awaitable<void> late_before_commit(private_postgres& server) {
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const postgres_consumer self;
    postgres_write_store store(p, self);
    const auto what = writing(
        "with s as (select pg_sleep(0.4)), w as (insert into items select $1 from s returning *) "
        "select row_to_json(w)::text from w");
    const auto late = co_await store.commit(what, a, deadline::in(milliseconds{100}));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == errc::timeout);
    const auto is_drained = co_await becomes_true([&] { return p.stats().draining == 0; });
    CHECK(is_drained);
    CHECK(server.query("select count(*) from items") == "0");
    const std::vector<sql_value> bad{std::nullopt};
    const auto insert_what = writing(insert);
    const auto broken = co_await store.commit(insert_what, bad, soon());
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error() == errc::constraint);
    const auto good = co_await store.commit(insert_what, a, soon());  // on the same connection, prepared now
    CHECK(good.has_value());
}

awaitable<result<void>> count_rows(std::vector<outbox_row> rows, std::vector<outbox_row>& seen) {
    seen = std::move(rows);
    co_return result<void>{};
}

awaitable<void> foreign_rows(private_postgres& server) {
    server.query(
        "insert into weir.outbox (table_name, image) values ('gone', '{\"id\": \"x\"}'), ('odd', '[1, 2]'), "
        "('odd', '{\"n\": 5, \"o\": {\"p\": []}}'), ('odd', 'null')");
    server.query("insert into items values ('a')");
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    postgres_consumer self;
    postgres_outbox pending(p, self);
    co_await enter(pending, "items gone odd");
    std::vector<outbox_row> seen;
    const auto deliver = [&](std::vector<outbox_row> rows) { return count_rows(std::move(rows), seen); };
    const auto count = co_await pending.deliver_pending(100, deliver, soon());
    REQUIRE(count.has_value());
    CHECK(*count == 5);
    REQUIRE(seen.size() == 5);
    CHECK(seen[0].image.table == "gone");
    CHECK(seen[1].image.columns.empty());
    CHECK(seen[4].image.table == "items");
    policy none;
    CHECK(touched_by(none, seen).keys.empty());
    CHECK(server.query(owed) == "0");
}

awaitable<result<void>> kill_it(private_postgres& server) {
    server.kill_hard();
    co_return result<void>{};
}

awaitable<void> dies_while_delivering(private_postgres& server) {
    server.query("insert into items values ('a')");
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server));
    postgres_consumer self;
    postgres_outbox pending(p, self);
    co_await enter(pending);
    const auto deliver = [&](std::vector<outbox_row>) { return kill_it(server); };
    const auto count = co_await pending.deliver_pending(100, deliver, soon());
    CHECK_FALSE(count.has_value());
    server.restart();
    CHECK(server.query(owed) == "1");
}

awaitable<result<void>> throw_it() {
    throw std::runtime_error("defect");
    co_return result<void>{};
}

awaitable<void> throws_while_delivering(private_postgres& server) {
    server.query("insert into items values ('a')");
    postgres::pool p(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    postgres_consumer self;
    postgres_outbox pending(p, self);
    co_await enter(pending);
    const auto deliver = [](std::vector<outbox_row>) { return throw_it(); };
    bool was_thrown = false;
    try {
        co_await pending.deliver_pending(100, deliver, soon());
    } catch (const std::runtime_error&) {
        was_thrown = true;
    }
    CHECK(was_thrown);
    std::vector<outbox_row> seen;
    const auto count_them = [&](std::vector<outbox_row> rows) { return count_rows(std::move(rows), seen); };
    const auto until = soon();  // the server may still be rolling back
    while (seen.empty() && !until.passed()) {
        const auto count = co_await pending.deliver_pending(100, count_them, until);
        REQUIRE(count.has_value());
    }
    CHECK(seen.size() == 1);
}

void tell(awaitable<void> (*story)(private_postgres&)) {
    private_postgres server;
    open_shop(server);
    boost::asio::io_context context;
    run(context, story(server));
}

}  // namespace

TEST_CASE("a resource of one row that finds several is refused and not guessed") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, several_rows(server));
}

TEST_CASE("terminating idle pooled connections costs no read") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, terminated(server));
}

TEST_CASE("a load that timed out or was refused is never an absence") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, error_is_no_absence(server));
}

TEST_CASE(
    "a text that Postgres cannot read is the client's mistake, and the file's where no client sent any") {
    const private_postgres server;
    boost::asio::io_context context;
    run(context, unreadable_texts(server));
}

TEST_CASE("a commit whose answer was not heard has an unknown outcome") {
    tell(lost_commit);
}

TEST_CASE("a commit that the database refuses is a refusal") {
    tell(refused_commit);
}

TEST_CASE("a write that misses its deadline before the commit is not done") {
    tell(late_before_commit);
}

TEST_CASE("outbox rows of unknown tables or shapes do not stop those behind them") {
    tell(foreign_rows);
}

TEST_CASE("outbox rows stay when postgres dies while they are delivered") {
    tell(dies_while_delivering);
}

TEST_CASE("outbox rows stay when their delivery throws") {
    tell(throws_while_delivering);
}

}  // namespace weir::postgres_adapters_test
