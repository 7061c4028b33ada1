// Which values a column is given, and how the writes are spelt.
#include "../../../lib/prove/src/writes.hpp"

#include "support/catch.hpp"

#include <algorithm>

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
