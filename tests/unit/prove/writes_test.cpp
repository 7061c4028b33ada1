// Which values a column is given, and how the writes are spelt.
#include "../../../lib/prove/src/writes.hpp"

#include "../../../lib/prove/src/taken_rows.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>

namespace weir::writes_test {

using namespace weir::prove;

namespace {

struct shop {
    catalogue in;
    std::vector<std::vector<row>> samples;
    std::vector<subject> subjects;

    shop() {
        table t{.oid = "1", .name = "things", .is_large = false, .columns = {}, .key = {0}};
        t.columns.push_back(
            {.name = "id", .quoted = "id", .type = "integer", .category = 'N', .is_in_key = true});
        t.columns.push_back(
            {.name = "Name", .quoted = "\"Name\"", .type = "text", .category = 'S', .is_nullable = true});
        t.columns.push_back({.name = "day", .quoted = "day", .type = "date", .category = 'D'});
        t.columns.push_back({.name = "is_on", .quoted = "is_on", .type = "boolean", .category = 'B'});
        t.columns.push_back({.name = "sum", .quoted = "sum", .type = "numeric", .category = 'N'});
        in.tables.push_back(t);
        samples = {{thing("7", "it's")}};
    }

    static row thing(const std::string& id, const std::string& name) {
        return {.table = 0, .values = {id, name, "2026-02-28", "t", "-1.50"}, .where = "id = '" + id + "'"};
    }

    std::vector<cell> values(std::size_t column) const {
        return other_values({in, samples, subjects}, samples[0][0], column);
    }
    bool has(std::size_t column, const cell& value) const {
        const auto all = values(column);
        return std::find(all.begin(), all.end(), value) != all.end();
    }
};

}  // namespace

TEST_CASE("a column is given its neighbours and other spellings") {
    const shop s;
    CHECK(s.values(0) == std::vector<cell>{"8", "6", "7926"});
    CHECK(s.has(1, "it't"));
    CHECK(s.has(1, "IT'S"));
    CHECK(s.has(1, std::nullopt));
    CHECK(s.values(2) == std::vector<cell>{"2026-03-01", "2026-02-27"});
    CHECK(s.values(3) == std::vector<cell>{"false"});
    CHECK(s.values(4) == std::vector<cell>{"-2.50"});
}

TEST_CASE("a column that refers to a table is given keys of that table alone") {
    shop s;
    s.in.references.push_back({0, {4}, 0, {0}, false});
    CHECK(s.values(4) == std::vector<cell>{"7"});
}

TEST_CASE("an update names the row by its key and quotes its value") {
    const shop s;
    CHECK(update_of(s.in, s.samples[0][0], 1, "a'b").statement ==
          "update things set \"Name\" = 'a''b' where id = '7'");
    CHECK(update_of(s.in, s.samples[0][0], 1, std::nullopt).after.values[1] == std::nullopt);
    CHECK(removal_of(s.in, s.samples[0][0]).statement == "delete from things where id = '7'");
}

TEST_CASE("a row takes over what another one has but its key") {
    const shop s;
    const auto made = take_over(s.in, s.samples[0][0], shop::thing("8", "b"));
    REQUIRE(made);
    CHECK(made->statement == "update things set \"Name\" = 'b' where id = '7'");
    CHECK_FALSE(take_over(s.in, s.samples[0][0], shop::thing("8", "it's")));
}

TEST_CASE("a copy has another key and is found by it") {
    const shop s;
    const auto copy = copy_of({s.in, s.samples, s.subjects}, s.samples[0][0], 100);
    CHECK(copy.statement ==
          "insert into things (id, \"Name\", day, is_on, sum) overriding system value select '107', "
          "\"Name\", day, "
          "is_on, sum from things where id = '7'");
    CHECK(copy.made.where == "id = '107'");
}

TEST_CASE("a copy has another key that its type takes") {
    shop s;
    const auto key_of = [&](column key, const std::string& own, std::uint64_t number) {
        key.name = key.quoted = "id";
        key.is_in_key = true;
        s.in.tables[0].columns[0] = key;
        s.samples[0][0].values[0] = own;
        return copy_of({s.in, s.samples, s.subjects}, s.samples[0][0], number).made.values[0].value();
    };
    const column text{
        .name = {}, .quoted = {}, .type = "character varying", .category = 'S', .length_max = 5};
    const column mood{
        .name = {}, .quoted = {}, .type = "mood", .category = 'E', .labels = {"sad", "it's ok"}};
    const column bits{.name = {}, .quoted = {}, .type = "bit", .category = 'V', .length_max = 3};
    const column number{.name = {}, .quoted = {}, .type = "bigint", .category = 'N'};
    const column mac{.name = {}, .quoted = {}, .type = "macaddr", .category = 'U'};
    std::set<std::string> texts;
    for (std::uint64_t n = 0; n < 100; ++n) {
        const auto made = key_of(text, "ALFKI", n);
        CHECK(made.size() == 5);
        CHECK(std::all_of(made.begin(), made.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
        CHECK(made != "ALFKI");
        texts.insert(made);
        CHECK((key_of(mood, "sad", n) == "sad" || key_of(mood, "sad", n) == "it's ok"));
        CHECK(key_of(bits, "101", n).find_first_not_of("01") == std::string::npos);
        CHECK(key_of(mac, "08:00:2b:01:02:0f", n).find_first_not_of("0123456789abcdef:") ==
              std::string::npos);
    }
    CHECK(texts.size() > 25);
    CHECK(key_of(mood, "sad", 0) == "it's ok");
    CHECK(key_of(bits, "101", 0) == "100");
    CHECK(key_of(number, "9007199254740993", 7) == "9007199254741000");
    CHECK(key_of(number, "12345678901234567890", 0) == "12345678901234567891");
}

TEST_CASE("a column that has one value in every row is given another one") {
    shop s;
    const auto one = [&](const std::string& type, char category, const std::string& own) {
        s.in.tables[0].columns[4] = {.name = "sum", .quoted = "sum", .type = type, .category = category};
        s.samples[0][0].values[4] = own;
        return s.values(4);
    };
    CHECK(one("time without time zone", 'D', "10:30:00") == std::vector<cell>{"10:30:01", "12:00:00"});
    CHECK(one("money", 'N', "$12.50") == std::vector<cell>{"$12.51", "1"});
    CHECK(one("numeric", 'N', "12345678901234567890.1") == std::vector<cell>{"12345678901234567890.2", "1"});
    CHECK(one("bit", 'V', "111") == std::vector<cell>{"110", "1"});
}

TEST_CASE("an empty array and an empty document are given content") {
    shop s;
    const auto gives = [&](column c, const std::string& own, const std::string& value) {
        c.name = c.quoted = "sum";
        s.in.tables[0].columns[4] = c;
        s.samples[0][0].values[4] = own;
        return s.has(4, value);
    };
    const column moods{.name = {}, .quoted = {}, .type = "mood[]", .category = 'A', .labels = {"it's ok"}};
    CHECK(gives(moods, "{}", "{\"it's ok\"}"));
    CHECK(gives({.name = {}, .quoted = {}, .type = "text[]", .category = 'A'}, "{}", "{a}"));
    CHECK(gives({.name = {}, .quoted = {}, .type = "integer[]", .category = 'A'}, "{}", "{1}"));
    CHECK(gives({.name = {}, .quoted = {}, .type = "jsonb", .category = 'U'}, "{}", "{\"weir\": 1}"));
    CHECK(gives({.name = {}, .quoted = {}, .type = "int4range", .category = 'R'}, "empty", "[1,2)"));
    CHECK(gives({.name = {}, .quoted = {}, .type = "bytea", .category = 'U'}, "\\x", "\\x01"));
}

TEST_CASE("a row takes over those values of another one that are meant") {
    shop s;
    s.samples[0].push_back(shop::thing("8", "other"));
    const auto& rows = s.samples[0];
    const auto all = take_over(s.in, rows[0], rows[1]);
    CHECK(all.value().statement == "update things set \"Name\" = 'other' where id = '7'");
    CHECK_FALSE(take_over(s.in, rows[0], rows[1], {2, 3}).has_value());
    CHECK(take_over(s.in, rows[0], rows[1], {1, 3}).has_value());
}

TEST_CASE("a row that is taken out is put back as it was") {
    shop s;
    s.in.tables[0].type = "public.things";
    s.in.tables[0].columns[3].is_generated = true;
    CHECK(taking_out(s.in, s.samples[0][0]) ==
          "select set_config('weir.prove_row', (select t::text from things t where id = '7'), true); "
          "delete from things where id = '7'");
    CHECK(put_back(s.in, s.samples[0][0]).statement ==
          "insert into things (id, \"Name\", day, sum) overriding system value select (r).id, (r).\"Name\", "
          "(r).day, (r).sum from (select current_setting('weir.prove_row')::public.things as r) kept");
}

TEST_CASE("the rows that refer to a row are cleared level by level") {
    shop s;
    table part{.oid = "2", .name = "parts", .is_large = false, .columns = s.in.tables[0].columns, .key = {0}};
    table note = part;
    note.name = "notes";
    s.in.tables.insert(s.in.tables.end(), {part, note});
    s.in.references = {{1, {0, 1}, 0, {0, 1}, false},
                       {2, {4}, 1, {0}, false},
                       {2, {0}, 0, {0}, true},
                       {0, {4}, 0, {0}, false}};
    const std::string parts = "(id, \"Name\") in (select id, \"Name\" from things where id = '7')";
    CHECK(clearing(s.in, s.samples[0][0]) ==
          std::vector<std::string>{
              "delete from notes where (sum) in (select id from parts where " + parts + ")",
              "delete from parts where " + parts});
}
}  // namespace weir::writes_test
