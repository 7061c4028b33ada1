#include "weir/config/sql_template.hpp"

#include "support/catch.hpp"

namespace weir::sql_template_test {

using strings = std::vector<std::string>;

namespace {

const strings known{"id", "locale", "name"};

weir::positional_sql converted(std::string_view sql) {
    return weir::to_positional(sql, known);
}

std::string sql_of(std::string_view sql) {
    const auto out = converted(sql);
    REQUIRE(out.problems.empty());
    return out.sql;
}

// "offset: what" of the only problem.
std::string problem_of(std::string_view sql) {
    const auto out = converted(sql);
    REQUIRE(out.problems.size() == 1);
    return std::to_string(out.problems[0].offset) + ": " + out.problems[0].what;
}

std::string targets_of(std::string_view sql) {
    std::string out;
    for (const auto& t : weir::write_targets(sql)) out += t.verb + " " + t.table + ";";
    return out;
}

}  // namespace

TEST_CASE("named parameters become positional and a name that is used twice keeps its number") {
    const auto out = converted("select * from t where a = {locale} and b = {id} and c = {locale}");
    CHECK(out.sql == "select * from t where a = $1 and b = $2 and c = $1");
    CHECK(out.names == strings{"locale", "id"});
    CHECK(out.problems.empty());
}

TEST_CASE(
    "each place has the type of its parameter so that a column of another type cannot give it aliases") {
    const std::vector<std::string> types{"bigint", "text", "boolean"};
    const auto out = weir::to_positional("select {id} = {locale} and {name} and {id}::int > 0", known, types);
    CHECK(out.sql == "select $1::bigint = $2::text and $3::boolean and $1::bigint::int > 0");
}

TEST_CASE("braces in quoted text are left alone") {
    CHECK(sql_of("select '{id}', 'it''s {id}' , {id}") == "select '{id}', 'it''s {id}' , $1");
    CHECK(sql_of(R"(select e'\'{id}', E'\\', {id})") == R"(select e'\'{id}', E'\\', $1)");
    CHECK(sql_of(R"(select '\', {id})") == R"(select '\', $1)");  // no escape without the E
    CHECK(sql_of(R"(select "{id}", "a""{id}", {id})") == R"(select "{id}", "a""{id}", $1)");
    CHECK(sql_of("select $${id}$$, $a$ {id} $$ $a$, {id}") == "select $${id}$$, $a$ {id} $$ $a$, $1");
    CHECK(sql_of("select '{a,b}'::text[]") == "select '{a,b}'::text[]");
}

TEST_CASE("braces in comments are left alone") {
    CHECK(sql_of("select {id} -- {nope} '\n, {name}") == "select $1 -- {nope} '\n, $2");
    CHECK(sql_of("select /* {nope} /* ' */ {nope} */ {id}") == "select /* {nope} /* ' */ {nope} */ $1");
}

TEST_CASE("a dollar within a name does not begin a quote") {
    CHECK(sql_of("select a$b$, {id}, c$b$") == "select a$b$, $1, c$b$");
}

TEST_CASE("a name that ends in e before a string does not make it an escape string") {
    CHECK(sql_of(R"(select date'\' || {id})") == R"(select date'\' || $1)");
    CHECK(sql_of(R"(select a like {name} escape'\' , {id})") == R"(select a like $1 escape'\' , $2)");
}

TEST_CASE("a trailing semicolon is dropped and a second statement refused") {
    CHECK(sql_of("select {id};") == "select $1");
    CHECK(sql_of("select {id} ; -- done\n") == "select $1  -- done\n");
    CHECK(problem_of("select {id}; drop table t") ==
          "13: more than one statement; a loader or a write is exactly one");
}

TEST_CASE("mistakes in SQL are told with their place") {
    CHECK(problem_of("select {nope}") == "7: {nope} is not a parameter (declared: {id}, {locale}, {name})");
    CHECK(problem_of("select {id").starts_with("7: a brace"));
    CHECK(problem_of("select 1}").starts_with("8: a closing brace"));
    CHECK(problem_of("select 'a").starts_with("7: a string"));
    CHECK(problem_of("select E'a\\'").starts_with("7: a string"));
    CHECK(problem_of("select \"a").starts_with("7: a quoted name"));
    CHECK(problem_of("select /* a").starts_with("7: a comment"));
    CHECK(problem_of("select $a$ $b$").starts_with("7: a dollar-quoted string"));
    CHECK(problem_of("select $1").starts_with("7: write a parameter by its name"));
    CHECK(problem_of("select (1").starts_with("9: a parenthesis"));
    CHECK(problem_of("select 1) x, (select 2)").starts_with("8: a closing parenthesis"));
    CHECK(problem_of(" -- nothing\n;") == "0: there is no statement");
}

TEST_CASE("every mistake in SQL is told in one go") {
    CHECK(converted("select {a}, {b}, $1").problems.size() == 3);
}

TEST_CASE("a comment at the end does not swallow what is put around the SQL") {
    CHECK(weir::json_object("select 1 -- one") ==
          "select row_to_json(weir_row)::text from (\nselect 1 -- one\n) weir_row");
    CHECK(weir::json_array("select 1") ==
          "select coalesce(json_agg(weir_row), '[]'::json)::text from (\nselect 1\n) weir_row");
    CHECK(
        weir::json_returning("delete from t returning id") ==
        "with weir_row as (\ndelete from t returning id\n) select row_to_json(weir_row)::text from weir_row");
}

TEST_CASE("the table that a statement changes is seen") {
    CHECK(targets_of("update products set a = 1") == "update products;");
    CHECK(targets_of("INSERT /* x */ INTO Shop . Products (a) values (1)") == "insert shop.products;");
    CHECK(targets_of("delete from only \"Pro\"\"ducts\"") == "delete \"Pro\"\"ducts\";");
    CHECK(targets_of("with x as (select 1) update t set a = 1 returning a") == "update t;");
    CHECK(targets_of("with x as (delete from a returning *) insert into b select * from x") ==
          "delete a;insert b;");
    CHECK(targets_of("merge into t using s on true when matched then update set a = 1") == "merge t;");
    CHECK(targets_of("truncate table t") == "truncate t;");
}

TEST_CASE("the tables that a statement reads are seen") {
    const auto tables = [](std::string_view sql) {
        std::string out;
        for (const auto& table : weir::read_tables(sql)) out += table + ";";
        return out;
    };
    CHECK(tables("select 1 from A as x, shop.b y, \"C\" where a in (select 1 from only d)") ==
          "a;shop.b;C;d;");
    CHECK(tables("select 1 from a left join b using (id) where 'from c' = 'from d' -- from e") == "a;b;");
    CHECK(tables("select 1 from (\nselect id from items where id = $1::text\n) weir_row") == "items;");
    CHECK(tables("select a is distinct from b, current_date") == "");
    CHECK(tables("select 1 from") == "");
    CHECK(
        tables("select 1 from (a join (b cross join c) on true), d, lateral (select 1 from e) x, f(1), g") ==
        "a;d;g;b;c;e;");
    CHECK(tables("select 1 from a join b on a.x = b.x and f(a.y, b.y), c where d in (1, 2)") == "a;c;b;");
    CHECK(tables("with recursive t (id, up) as (select 1, 2 from a union all select 1, 2 from t join b using "
                 "(id)), "
                 "u as not materialized (select 1 from c) select 1 from t, u, shop.t") == "a;b;c;shop.t;");
    CHECK(tables("select extract(year from day), trim(both 'x' from name), substring(a from 2) from a") ==
          "a;");
    CHECK(tables("with items as (select * from items where on_sale) select id from items") == "items;");
    CHECK(tables("with a as (select 1 from b), b as (select 1 from a) select 1 from a, b") == "b;");
    CHECK(tables("with recursive a as (select 1 from b), b as (select 1 from c) select 1 from a, b") == "c;");
    CHECK(tables("with a as (select 1) select 1 from a join public.a p using (x)") == "public.a;");
    CHECK(tables("select 1 from (with a as (select 1 from a) select 1 from a) x join a using (id)") ==
          "a;a;");
    CHECK(tables("with a as materialized (with a as (select 1 from b) select 1 from a) select 1 from a, c") ==
          "b;c;");
    CHECK(tables("with recursive a (id) as (select 1 from a union select 2 from b) search depth first by id, "
                 "up set o, b as (select 1 from b where x) select 1 from a, b") == "");
    CHECK(tables("select x::timestamp with time zone from a, unnest(b) with ordinality as t (i, n)") == "a;");
    CHECK(tables("with \"A\" as (select 1 from a) select 1 from \"A\", A") == "a;a;");
    CHECK(weir::is_same_table("public.items", "items"));
    CHECK_FALSE(weir::is_same_table("shop.items", "items"));
}

TEST_CASE("words that only look like a change are not taken for one") {
    CHECK(targets_of("insert into t values (1) on conflict (a) do update set b = 1") == "insert t;");
    CHECK(targets_of("select * from t for update") == "");
    CHECK(targets_of("select * from t for no key update") == "");
    CHECK(targets_of("select 'delete from t' -- update t\n") == "");
}

TEST_CASE("an order of rows is that of the statement itself") {
    const std::string all = "select * from t";
    for (const std::string& sql : std::vector<std::string>{
             all + " order by id", all + "\nORDER /* so */ BY id", all + " order by id limit 5;",
             "(" + all + " order by id)", "with x as (" + all + ") select * from x order by 1",
             "(" + all + ") union (" + all + ") order by 1"}) {
        INFO(sql);
        CHECK(weir::is_ordered(sql));
    }
    for (const std::string& sql : std::vector<std::string>{
             all, all + " -- order by id", "select 'order by' from t", "select \"order\" by from t",
             "select * from (" + all + " order by id) s", "select rank() over (order by id) from t",
             "select array_agg(id order by id) from t",
             "(" + all + " order by 1) union (" + all + " order by 1)", "select order_by from t"}) {
        INFO(sql);
        CHECK_FALSE(weir::is_ordered(sql));
    }
}

TEST_CASE("words of a statement are found in its code alone") {
    CHECK(weir::has_word("delete from t RETURNING id", "returning"));
    CHECK_FALSE(weir::has_word("delete from t -- returning", "returning"));
    CHECK_FALSE(weir::has_word("delete from t where a = 'returning'", "returning"));
    CHECK(weir::first_keyword(" /* a */ ( SELECT 1 )") == "select");
    CHECK(weir::first_keyword("").empty());
}

}  // namespace weir::sql_template_test
