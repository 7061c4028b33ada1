// What Postgres says that a resource reads, and what covers it.
#include "declarations.hpp"

#include <array>

namespace weir::postgres_reads_test {

using namespace weir::test;

namespace {

constexpr const char* shop =
    "create table products (id int primary key, name text, category int, at timestamptz default now()); "
    "create table categories (id int primary key, title text); "
    "create table secrets (id int primary key, word text)";

const std::string by_id = "select id, name from products where id = {id}";

awaitable<void> ask_as(std::string url, policy p, checked_declarations& out) {
    const auto to = postgres::conninfo::parse(url);
    out = co_await check_declarations(to, p, deadline::in(seconds{20}));
}

}  // namespace

TEST_CASE("a read that its change covers is told with the change and raises nothing") {
    const private_postgres server;
    server.query(shop);
    const auto checked = check_on(server, resource_reading(by_id) + changes_of({"products"}));
    CHECK_FALSE(has_errors(checked.report.found));
    REQUIRE(checked.report.reads.size() == 1);
    REQUIRE(checked.report.reads[0].lines.size() == 1);
    CHECK(checked.report.reads[0].lines[0].what == "products (id, name)");
    CHECK(checked.report.reads[0].lines[0].cover == "change of products: item:one:{id}");
}

TEST_CASE(
    "a table of a join that no change covers is an error with the line to add and that line accepts it") {
    const private_postgres server;
    server.query(shop);
    const std::string sql =
        "select p.id, c.title from products p join categories c on c.id = p.category where p.id = {id}";
    const auto lines = errors_on(server, resource_reading(sql) + changes_of({"products"}));
    INFO(lines);
    CHECK(has(lines, "item categories: resource.item reads categories (id, title)"));
    CHECK(has(lines, "unwatched.categories = { reason = "));
    CHECK_FALSE(has(lines, "reads products"));
    const std::string accepted = "unwatched.categories = { reason = \"titles never change\" }";
    CHECK(errors_on(server, resource_reading(sql, accepted) + changes_of({"products"})).empty());
    CHECK(errors_on(server, resource_reading(sql) + changes_of({"products", "categories"})).empty());
}

TEST_CASE("a table whose change names another resource is not covered") {
    const private_postgres server;
    server.query(shop);
    const auto lines =
        errors_on(server, resource_reading(by_id) +
                              resource_reading("select title from categories where id = {id}", "", "other") +
                              changes_of({"products"}, "other"));
    INFO(lines);
    CHECK(has(lines, "item products"));
    CHECK(has(lines, "whose change names neither its key nor a tag of it"));
    CHECK(has(lines, "other categories"));
}

TEST_CASE("the tables behind views over views are found at any depth and below any kind of query") {
    const private_postgres server;
    server.query(shop);
    const std::array<std::string, 6> queries{
        "select p.id, (select count(*) from categories c) as n from %s p",
        "with c as (select id from categories) select p.id, 1::bigint as n from %s p where exists (select "
        "from c)",
        "select p.id, count(c.id) as n from %s p left join categories c on true group by p.id",
        "select p.id, n.n from %s p, lateral (select count(*) as n from categories c where c.id = p.id) n",
        "select id, 1::bigint as n from %s union all select id, 2 from categories",
        "select p.id, row_number() over (order by c.id) as n from %s p natural join categories c"};
    std::string below = "products";
    for (std::size_t depth = 0; depth < queries.size(); ++depth) {
        const std::string view = "view_" + std::to_string(depth);
        std::string query = queries[depth];
        query.replace(query.find("%s"), 2, below);
        server.query("create view " + view + " as " + query);
        const auto lines =
            errors_on(server, resource_reading("select id, n from " + view + " where id = {id}") +
                                  changes_of({"products"}));
        INFO(query << "\n" << lines);
        CHECK(has(lines, "reads categories"));
        CHECK(has(lines, "through the view " + view));
        CHECK_FALSE(has(lines, "reads products"));
        below = view;
    }
}

TEST_CASE("what a function reads is found in an analysed body and must be accepted in a text") {
    const private_postgres server;
    server.query(shop);
    server.query(
        "create function atomic(i int) returns text begin atomic select title from categories where id = i; "
        "end; "
        "create function atomic_twice(i int) returns text return atomic(i); "
        "create function as_text(i int) returns text language sql stable as 'select title from categories "
        "where id = i'; "
        "create function as_block(i int) returns text language plpgsql as 'begin return i; end'; "
        "create function promised(i int) returns text language sql immutable as 'select i::text'; "
        "create aggregate glued(text) (sfunc = textcat, stype = text)");
    const auto with = [&](const std::string& call, const std::string& more = "") {
        return errors_on(
            server, resource_reading("select id, " + call + " as x from products where id = {id}", more) +
                        changes_of({"products"}));
    };
    for (const std::string call : {"atomic(id)", "atomic_twice(id)"}) {
        INFO(call);
        CHECK(has(with(call),
                  "reads categories (id, title) through the function " + call.substr(0, call.find('('))));
    }
    for (const std::string name : {"as_text", "as_block"}) {
        const auto lines = with(name + "(id)");
        INFO(lines);
        CHECK(has(lines, "item " + name + ": resource.item calls " + name + "()"));
        CHECK(has(lines, "unwatched." + name + " = { reason"));
        CHECK(with(name + "(id)", "unwatched." + name + " = { reason = \"reads nothing\" }").empty());
    }
    CHECK(has(with("as_text(id)"), "begin atomic"));
    CHECK(with("promised(id)").empty());
    CHECK(with("(select glued(name) from products)").empty());
}

TEST_CASE("a function behind an operator and a function in a from clause are seen") {
    const private_postgres server;
    server.query(shop);
    server.query(
        "create function close_to(a int, b int) returns boolean language plpgsql stable as 'begin return a = "
        "b; end'; "
        "create operator ~~~ (leftarg = int, rightarg = int, function = close_to); "
        "create function rows_of(i int) returns setof categories stable begin atomic select * from "
        "categories where id = i; end");
    const auto with = [&](const std::string& sql) {
        return errors_on(server, resource_reading(sql) + changes_of({"products"}));
    };
    CHECK(has(with("select id from products where id = {id} and category ~~~ 1"), "item close_to"));
    CHECK(has(with("select p.id, r.title from products p, rows_of(p.category) r where p.id = {id}"),
              "item categories"));
}

TEST_CASE("what depends on the time the session or chance is an error until the file says why it may") {
    const private_postgres server;
    server.query(shop);
    server.query("create sequence numbers");
    const auto with = [&](const std::string& expression, const std::string& more = "") {
        return errors_on(
            server,
            resource_reading("select id, " + expression + " as x from products where id = {id}", more) +
                changes_of({"products"}));
    };
    for (const std::string call :
         {"now()", "current_date", "current_timestamp", "current_time(2)", "localtime", "localtimestamp",
          "random()", "clock_timestamp()", "statement_timestamp()", "transaction_timestamp()",
          "gen_random_uuid()", "age(at)", "timeofday()", "current_setting('timezone')",
          "pg_relation_size('products')", "(select now() - at)",
          "(select max(id) from categories tablesample system (10) where false)"}) {
        const auto lines = with(call);
        INFO(call << ": " << lines);
        CHECK(has(lines, "no change tells when"));
        CHECK(has(lines, "volatile = { reason = "));
        CHECK_FALSE(
            has(with(call, "volatile = { reason = \"a minute old is fine\" }"), "no change tells when"));
    }
    for (const std::string call :
         {"to_char(at, 'YYYY')", "date_trunc('day', at)", "upper(name)", "to_jsonb(products)",
          "at + interval '1 day'", "age(at, at)", "current_user", "format('%s', name)",
          "(select json_agg(p) from products p)"}) {
        INFO(call);
        CHECK(with(call).empty());
    }
}

TEST_CASE("a clock that a view or a policy reads is seen through it") {
    const private_postgres server;
    server.query(shop);
    server.query(
        "create view fresh as select * from products where at > now() - interval '1 day'; "
        "alter table categories enable row level security; "
        "create policy visible on categories using (id in (select id from secrets) and current_date > "
        "'2020-01-01')");
    const auto fresh = errors_on(
        server, resource_reading("select id from fresh where id = {id}") + changes_of({"products"}));
    INFO(fresh);
    CHECK(has(fresh, "now() through the view fresh"));
    const std::string sql = "select id from categories where id = {id}";
    const auto guarded = errors_on(server, resource_reading(sql) + changes_of({"categories"}));
    INFO(guarded);
    CHECK(has(guarded, "row-level security"));
    CHECK(has(guarded, "item secrets: resource.item reads secrets (id) through a policy of categories"));
    CHECK(has(guarded, "current_date() through a policy of categories"));
}

TEST_CASE(
    "what no trigger can tell of must be accepted: materialized views, foreign tables, sequences, the "
    "catalogue") {
    const private_postgres server;
    server.query(shop);
    server.query(
        "create materialized view counted as select category as id, count(*) as n from products group by "
        "category; "
        "create foreign data wrapper w; create server elsewhere foreign data wrapper w; "
        "create foreign table remote (id int) server elsewhere; create sequence numbers; "
        "create table parts (id int) partition by range (id); "
        "create foreign table parts_1 partition of parts for values from (1) to (2) server elsewhere");
    const auto with = [&](const std::string& table, const std::string& more = "") {
        return errors_on(server, resource_reading("select {id} as x from " + table, more) +
                                     changes_of({"products", "parts"}));
    };
    const std::vector<std::pair<std::string, std::string>> all{{"counted", "its refresh fires no trigger"},
                                                               {"remote", "is a foreign table"},
                                                               {"numbers", "is a sequence"},
                                                               {"pg_class", "Postgres' own catalogue"},
                                                               {"parts_1", "is a foreign table"}};
    for (const auto& [table, why] : all) {
        const auto lines = with(table == "parts_1" ? "parts" : table);
        INFO(lines);
        CHECK(has(lines, "item " + table + ": "));
        CHECK(has(lines, why));
        CHECK_FALSE(has(with(table == "parts_1" ? "parts" : table,
                             "unwatched." + table + " = { reason = \"refreshed by hand\" }"),
                        "item " + table + ": "));
    }
}

TEST_CASE("a change of a table covers its partitions and its heirs and not the other way round") {
    const private_postgres server;
    server.query(
        "create table days (id int, day date) partition by range (day); "
        "create table days_2026 partition of days for values from ('2026-01-01') to ('2027-01-01') partition "
        "by range (day); "
        "create table days_2026_1 partition of days_2026 for values from ('2026-01-01') to ('2026-02-01'); "
        "create table base (id int); create table heir (more text) inherits (base)");
    const auto reading = [&](const std::string& table, const std::string& declared) {
        return errors_on(server, resource_reading("select id from " + table + " where id = {id}") +
                                     changes_of({declared}));
    };
    CHECK(reading("days", "days").empty());
    CHECK(reading("days_2026", "days").empty());
    CHECK(reading("days_2026_1", "days").empty());
    CHECK(reading("heir", "base").empty());
    CHECK(reading("base", "base").empty());
    CHECK(has(reading("base", "heir"), "item base"));
    CHECK(has(reading("days", "days_2026"), "item days"));
}

TEST_CASE("names that need quotes and names of other schemas are told as a file can write them") {
    const private_postgres server;
    server.query(
        "create schema \"Shop\"; create table \"Shop\".\"Order Lines\" (id int, \"Unit, Price\" int); "
        "create table \"we.ird\"\"name\" (id int); create table plain (id int)");
    const auto with = [&](const std::string& table, const std::string& more = "") {
        return errors_on(
            server, resource_reading("select p.id from plain p, " + table + " t where p.id = {id}", more) +
                        changes_of({"plain"}));
    };
    const auto lines = with("\"Shop\".\"Order Lines\"");
    INFO(lines);
    CHECK(has(lines, "item Shop.Order Lines: "));
    CHECK(has(lines, "unwatched.\"Shop.Order Lines\" = { reason"));
    CHECK(
        with("\"Shop\".\"Order Lines\"", "unwatched.\"Shop.Order Lines\" = { reason = \"closed\" }").empty());
    const auto odd = with("\"we.ird\"\"name\"");
    INFO(odd);
    const auto begin = odd.find("unwatched.");
    REQUIRE(begin != std::string::npos);
    const auto line = odd.substr(begin, odd.find(" = ", begin) - begin);
    CHECK(with("\"we.ird\"\"name\"", line + " = { reason = \"closed\" }").empty());
}

TEST_CASE("SQL that Postgres refuses is told with its message and its line") {
    const private_postgres server;
    server.query(shop);
    const auto checked =
        check_on(server, resource_reading("\nselect id\n  from products\n where ñame = 1 and id = {id}"));
    REQUIRE(checked.report.found.size() == 1);
    const auto& f = checked.report.found[0];
    CHECK(f.resource == "item");
    CHECK(f.field == "sql");
    CHECK(f.sql_line == 2);
    CHECK(has(f.what, "ñame"));
}

TEST_CASE("a private resource is described and never judged") {
    const private_postgres server;
    server.query(shop);
    const auto checked = check_on(server, R"([resource.mine]
path = "/v1/mine"
private = true
reason = "of one user"
sql = "select now() as at, c.title from categories c")");
    CHECK(checked.report.found.empty());
    REQUIRE(checked.report.reads.size() == 1);
    CHECK_FALSE(checked.report.reads[0].is_cached);
    CHECK(checked.report.reads[0].lines.size() == 2);
}

TEST_CASE("an acceptance of what is not read is a warning") {
    const private_postgres server;
    server.query(shop);
    const auto checked = check_on(
        server, resource_reading(
                    by_id, "unwatched.categories = { reason = \"old\" }\nvolatile = { reason = \"old\" }") +
                    changes_of({"products"}));
    CHECK_FALSE(has_errors(checked.report.found));
    std::vector<std::string> fields;
    for (const auto& f : checked.report.found) fields.push_back(f.field);
    CHECK(std::count(fields.begin(), fields.end(), "volatile") == 1);
    CHECK(std::count(fields.begin(), fields.end(), "unwatched.categories") == 1);
}

TEST_CASE("the check leaves nothing behind and changes nothing") {
    const private_postgres server;
    server.query(shop);
    server.query(
        "create function counts() returns int language sql as 'insert into secrets values (1, null) "
        "returning 1'");
    check_on(server, resource_reading("select counts() as x from products where id = {id}") +
                         changes_of({"products"}) + R"(
[write.add]
method = "POST"
path = "/add"
table = "products"
body.id = { type = "integer", required = true }
sql = "insert into products (id) values ({id}) returning id")");
    CHECK(server.query("select count(*) from pg_proc where proname like 'weir%'") == "0");
    CHECK(server.query("select count(*) from products") == "0");
    CHECK(server.query("select count(*) from secrets") == "0");
}

TEST_CASE("a query of a change covers its table") {
    const private_postgres server;
    server.query(shop);
    const auto file = [](const std::string& from) {
        return resource_reading(
                   "select p.id, c.title from products p join categories c on c.id = p.category where p.id = "
                   "{id}") +
               changes_of({"products"}) + "[[change.categories.through]]\nsql = \"select id from " + from +
               " where category = {id}\"\nkeys = [\"item:one:{id}\"]\n";
    };
    const auto direct = check_on(server, file("products"));
    CHECK_FALSE(has_errors(direct.report.found));
    REQUIRE(direct.report.reads.size() == 1);
    CHECK(direct.report.reads[0].lines[0].cover == "change of categories through products: item:one:{id}");
}

TEST_CASE("a statement without a result and one with several columns are analysed like any other") {
    const private_postgres server;
    server.query(shop);
    const auto checked = check_on(server, resource_reading(by_id) + changes_of({"products"}) + R"(
[write.rename]
method = "POST"
path = "/rename/{id}"
table = ["products", "secrets"]
parameter.id = { type = "integer" }
sql = ["update products set name = 'x' where id = {id} returning id", "delete from secrets where id = {id}"]
[change.secrets]
keys = ["item:one:{id}"]
)");
    for (const auto& f : checked.report.found) UNSCOPED_INFO(f.what);
    CHECK_FALSE(has_errors(checked.report.found));
    std::string changed;
    for (const auto& reads : checked.report.reads) {
        if (!reads.declared.starts_with("write.")) continue;
        for (const auto& line : reads.lines) changed += line.what + " ";
    }
    CHECK(changed == "products secrets ");
}

TEST_CASE("a role that may create nothing is told so and nothing is found") {
    const private_postgres server;
    server.query(shop);
    server.query(
        "create role reader login; grant select on products to reader; "
        "revoke temporary on database postgres from public");
    checked_declarations out;
    boost::asio::io_context context;
    auto url = server.url();
    url.replace(url.find("postgres@"), 9, "reader@");
    run(context, ask_as(url, policy_of(resource_reading(by_id) + changes_of({"products"})), out));
    REQUIRE(out.failure);
    CHECK(has(out.failure->problem, "permission denied"));
}

}  // namespace weir::postgres_reads_test
