// Writes of several statements on a real Postgres, and what it says of those that it refuses.
#include "weir/adapters/postgres_write_store.hpp"
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

namespace weir::postgres_statements_test {

using namespace weir::test;

namespace {

std::string returning(const std::string& sql, const std::string& columns = "") {
    return "with w as (" + sql + ") select row_to_json(w)::text" + columns + " from w";
}

write_statement one_statement(std::string sql, std::vector<std::size_t> values) {
    return {.name = "refused", .sql = std::move(sql), .values = std::move(values), .table = "items"};
}

// A write of one statement on items, without values.
weir::write writing(const std::string& sql) {
    weir::write w;
    w.name = "refused";
    w.statements = {one_statement(returning(sql), {})};
    return w;
}

// An insert into items, and one into parts that takes the column `from` of it.
weir::write insert_both(const std::string& type, const std::string& second) {
    weir::write w;
    w.name = "both";
    w.tables = {"items", "parts"};
    w.statements = {
        {.name = "both_" + type,
         .sql = returning("insert into items (id, v) values ($1, default) returning id, v",
                          ", w.\"v\", w.\"id\""),
         .values = {0},
         .table = "items",
         .gives = {0, 1}},
        {.name = "both_2_" + type, .sql = second, .values = {1, 2}, .table = "parts", .returns = false}};
    w.results = {{.statement = 0, .name = "v"}, {.statement = 0, .name = "id"}};
    return w;
}

void open_shop(const private_postgres& server, const std::string& type, const std::string& initial) {
    server.query("create table items (id text primary key, v " + type + " default " + initial +
                 "); create table parts (item text references items, v " + type + ")");
    server.query("begin;" + migration_sql(declaring({{"items", {"id"}}, {"parts", {"item"}}})) + "commit");
}

const std::vector<sql_value> a{"a"};

struct sample {
    std::string type;
    std::string initial;  // SQL
};

awaitable<void> keeps_type(const private_postgres& server, const sample& of) {
    postgres::pool pool(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    // Nothing here tells Postgres the type of $1 but the statement before.
    const auto w =
        insert_both(of.type,
                    "insert into parts select $2, x.v from (select $1 as v where $1 is not null) x "
                    "where pg_typeof($1)::text <> 'unknown'");
    for (const char* id : {"a", "b"}) {  // the second time with statements that are prepared
        const std::vector<sql_value> values{id};
        const auto done = co_await store.commit(w, values, soon());
        REQUIRE(done.has_value());
        CHECK(done->outbox_rows.size() == 2);
    }
    CHECK(
        server.query("select count(*) from items join parts on item = id where items.v::text = parts.v::text "
                     "and pg_typeof(parts.v) = pg_typeof(items.v)") == "2");
}

awaitable<void> undone(const private_postgres& server) {
    postgres::pool pool(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    const auto broken = insert_both("x", "insert into parts values ($2, $1 / 0)");
    const auto refused = co_await store.commit(broken, a, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::constraint);
    auto not_found =
        insert_both("y", returning("update parts set v = $1 where item = $2 || 'x' returning item"));
    not_found.statements[1].returns = true;
    const auto missing = co_await store.commit(not_found, a, soon());
    REQUIRE(missing.has_value());
    CHECK_FALSE(missing->row.has_value());
    CHECK(missing->outbox_rows.empty());
    CHECK(server.query("select (select count(*) from items) + (select count(*) from parts) + "
                       "(select count(*) from weir.outbox)") == "0");
    const auto fine = insert_both("z", "insert into parts values ($2, $1)");
    const auto done = co_await store.commit(fine, a, soon());  // on the same connections
    CHECK(done.has_value());
}

awaitable<void> not_run(const private_postgres& server) {
    server.query("create sequence ran");
    postgres::pool pool(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    weir::write w;
    w.name = "first";
    w.statements = {one_statement(returning("update items set v = 1 where id = $1 returning id"), {0}),
                    {.name = "second",
                     .sql = "insert into parts select 'a', nextval('ran')",
                     .values = {},
                     .table = "parts",
                     .returns = false}};
    const auto missing = co_await store.commit(w, a, soon());
    REQUIRE(missing.has_value());
    CHECK_FALSE(missing->row.has_value());
    CHECK(server.query("select is_called from ran") == "f");
}

awaitable<void> several_rows(const private_postgres& server) {
    server.query("insert into items values ('b'), ('c'); delete from weir.outbox");
    postgres::pool pool(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    auto w = insert_both("x", "insert into parts values ($2, $1)");
    w.statements[0].sql = returning("update items set v = 2 where id <> $1 returning id, v", ", w.v, w.id");
    const auto refused = co_await store.commit(w, a, soon());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::rejected);
    CHECK(server.query("select count(*) from weir.outbox") == "0");
}

awaitable<void> unrecorded(const private_postgres& server) {
    server.query("alter table parts disable trigger weir_insert");
    postgres::pool pool(co_await boost::asio::this_coro::executor, pool_on(server));
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    auto w = insert_both("x", returning("insert into parts values ($2, $1) returning item"));
    w.statements[1].returns = true;
    for (const auto& both : {w, insert_both("y", "insert into parts values ($2, $1)")}) {
        const auto refused = co_await store.commit(both, a, soon());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == errc::rejected);
        CHECK(server.query("select count(*) from items") == "0");
    }
    const auto nothing = insert_both("z", "insert into parts select $2, $1 where false");
    const auto done = co_await store.commit(nothing, a, soon());  // no row of parts went unrecorded
    CHECK(done.has_value());
}

struct refusal_case {
    std::string setup;
    std::string sql;
    errc what;
    std::string reason;
    bool is_complete = false;
};

const std::string raises =
    "create function stop() returns trigger language plpgsql as $$ begin raise exception 'no edits: %', "
    "new.id "
    "using errcode = 'CODE'; end $$; create trigger stop before insert on items for each row execute "
    "function "
    "stop()";

std::string raising(const std::string& code) {
    std::string out = raises;
    return out.replace(out.find("CODE"), 4, code);
}

std::vector<refusal_case> refusals() {
    const std::string insert = "insert into items values ('a', 1) returning id";
    std::vector<refusal_case> out{
        {"alter table items add constraint \"v is Small\" check (v < 1)", insert, errc::constraint,
         "constraint v is Small"},
        {"alter table items alter v set not null", "insert into items values ('a', null) returning id",
         errc::constraint, "column v needs a value"},
        {"alter table items add constraint up foreign key (id) references parts (item)", insert,
         errc::conflict, "constraint up"},
        {"alter table items add constraint one exclude (v with =); insert into items values ('z', 1)", insert,
         errc::conflict, "constraint one"},
        {"insert into items values ('a')", insert, errc::conflict, "constraint items_pkey"},
        {"insert into items values ('a'); insert into parts values ('a')", "delete from items returning id",
         errc::conflict, "constraint parts_item_fkey"},
        {"create domain small as int constraint tiny check (value < 1); alter table items alter v type small",
         insert, errc::constraint, "constraint tiny"},
        {"create function stop() returns trigger language plpgsql as $$ begin raise exception 'closed: %', "
         "new.id; "
         "end $$; create trigger stop before insert on items for each row execute function stop()",
         insert, errc::constraint, "closed: a", true},
        {"", "insert into items values ('a', 1 / 0) returning id", errc::constraint, ""},
        {"", "insert into items values ('a', 'x'::text::int) returning id", errc::malformed, ""},
        {raising("40001"), insert, errc::unavailable, ""},
        {raising("57014"), insert, errc::timeout, ""},
        {raising("XX001"), insert, errc::rejected, ""},
        {raising("42501"), insert, errc::forbidden, "no edits: a", true},
        {raising("28000"), insert, errc::forbidden, "no edits: a", true},
        {raising("23505"), insert, errc::conflict, "no edits: a", true},
        {"", "insert into items values ('a', no_such_function()) returning id", errc::rejected, ""}};
    for (const char* code : {"P0001", "45000", "U0001", "ZZ999", "P0002", "22023", "23514", "55000", "0A000",
                             "42883", "99999", "HV000"}) {
        out.push_back({raising(code), insert, errc::constraint, "no edits: a", true});
    }
    return out;
}

awaitable<void> refuses(const private_postgres& server, const refusal_case& given) {
    postgres::pool pool(co_await boost::asio::this_coro::executor, pool_on(server, 1));
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    const auto w = writing(given.sql);
    for (int n = 0; n < 2; ++n) {  // the second time prepared, and on the same connection
        const auto refused = co_await store.commit(w, {}, soon());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().why.message() == make_error_code(given.what).message());
        CHECK(refused.error().reason == given.reason);
        CHECK(refused.error().is_reason_complete == given.is_complete);
    }
}

awaitable<void> rights(private_postgres& server) {
    server.query("create role app login; grant usage on schema weir to app; grant all on weir.outbox to app");
    auto options = pool_on(server);
    options.to.set("user", "app");
    postgres::pool pool(co_await boost::asio::this_coro::executor, options);
    const postgres_consumer self;
    postgres_write_store store(pool, self);
    const auto w = writing("insert into items values ('a', 1) returning id");
    const auto no_privilege = co_await store.commit(w, {}, soon());
    REQUIRE_FALSE(no_privilege.has_value());
    CHECK(no_privilege.error() == errc::rejected);
    CHECK(no_privilege.error().reason.empty());
    server.query(
        "grant all on items to app; alter table items enable row level security; "
        "create policy own on items using (true) with check (v > 1)");
    const auto no_policy = co_await store.commit(w, {}, soon());
    REQUIRE_FALSE(no_policy.has_value());
    CHECK(no_policy.error() == errc::forbidden);
    CHECK(no_policy.error().reason.empty());
    server.query("alter role app set row_security = off");
    postgres::pool later(co_await boost::asio::this_coro::executor, options);
    postgres_write_store other(later, self);
    const auto filtered = co_await other.commit(w, {}, soon());
    REQUIRE_FALSE(filtered.has_value());
    CHECK(filtered.error() == errc::rejected);
}

void tell(awaitable<void> (*story)(const private_postgres&)) {
    const private_postgres server;
    open_shop(server, "int", "1");
    boost::asio::io_context context;
    run(context, story(server));
}

}  // namespace

TEST_CASE("a result keeps its type on the way to the next statement") {
    const private_postgres server;
    for (const sample& of : std::vector<sample>{{"bigint", "9007199254740993"},
                                                {"numeric(20,4)", "12.5000"},
                                                {"text", "'it''s {1.v}'"},
                                                {"uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"},
                                                {"date", "'2026-01-05'"},
                                                {"timestamptz", "'2026-01-05 12:00:00.123456+07'"},
                                                {"interval", "'1 mon -3 days'"},
                                                {"boolean", "true"},
                                                {"bytea", R"('\x00ff5c')"},
                                                {"text[]", R"('{"a,b",NULL,"c\"d"}')"},
                                                {"jsonb", R"('{"a": [1, null]}')"},
                                                {"double precision", "0.1"},
                                                {"mood", "'so so'"},
                                                {"\"Odd Type\"", "'(1,\"a b\")'"},
                                                {"small", "7"}}) {
        CAPTURE(of.type);
        server.query(
            "drop schema if exists weir cascade; drop schema public cascade; create schema public; "
            "create type mood as enum ('so so'); create type \"Odd Type\" as (a int, b text); "
            "create domain small as int check (value < 9)");
        open_shop(server, of.type, of.initial);
        boost::asio::io_context context;
        run(context, keeps_type(server, of));
    }
}

TEST_CASE("when a later statement fails or finds nothing no statement is done and nothing is owed") {
    tell(undone);
}

TEST_CASE("after a statement that finds no row no other one runs") {
    tell(not_run);
}

TEST_CASE("a result of several rows is refused and not guessed") {
    tell(several_rows);
}

TEST_CASE("a table of a write whose triggers are missing undoes the others too") {
    tell(unrecorded);
}

TEST_CASE("what the database refuses has its reason and neither a message nor values that were not meant") {
    const private_postgres server;
    for (const refusal_case& given : refusals()) {
        CAPTURE(given.setup, given.sql);
        server.query("drop schema if exists weir cascade; drop schema public cascade; create schema public");
        open_shop(server, "int", "1");
        server.query("alter table parts add unique (item); " + given.setup);
        boost::asio::io_context context;
        run(context, refuses(server, given));
    }
}

TEST_CASE("a row that a policy forbids is told apart from a privilege that the service lacks") {
    private_postgres server;
    open_shop(server, "int", "1");
    boost::asio::io_context context;
    run(context, rights(server));
}

}  // namespace weir::postgres_statements_test
