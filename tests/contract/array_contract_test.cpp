// An array column is read as Postgres itself takes it apart, whatever its elements are.
#include "../../lib/policy/src/array_text.hpp"
#include "support/catch.hpp"
#include "support/servers.hpp"

#include <random>

namespace weir::array_contract_test {
namespace {

using elements = std::vector<std::string>;

// Pieces of which awkward elements are made.
const elements pieces{"a", "B", "\"", "\\", "{", "}", ",", "'", "NULL", " ", "\t", "é", "[", "]=", "0", ""};

elements random_elements(std::minstd_rand& random) {
    elements out(random() % 4);
    for (auto& element : out) {
        for (auto count = random() % 4; count > 0; --count) element += pieces[random() % pieces.size()];
    }
    return out;
}

std::string sql_of(const elements& all) {
    std::string out = "array[null";
    for (const auto& element : all) {
        out += ", '";
        for (const char c : element) out += c == '\'' ? std::string{"''"} : std::string(1, c);
        out += "'";
    }
    return out + "]::text[]";
}

}  // namespace

TEST_CASE("an array is read as Postgres takes it apart whatever its elements are") {
    const test::private_postgres server;
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::minstd_rand random{seed};
    for (int n = 0; n < 100; ++n) {
        const auto wanted = random_elements(random);
        const auto array = sql_of(wanted);
        INFO(array);
        CHECK(array_elements(server.query("select " + array + "::text")) == wanted);
        CHECK(array_elements(server.query("select to_jsonb(" + array + ")::text")) == wanted);
    }
}

TEST_CASE("arrays of every scalar type are read as the texts of their elements") {
    const test::private_postgres server;
    for (const auto* array :
         {"array[1, -2, null]::int[]", "array[1.50, 2]::numeric[]", "array[1e300, 0.1]::float8[]",
          "array['2026-01-05'::date]", "array['2026-01-05 10:00+02'::timestamptz]", "'[0:1]={a,b}'::text[]",
          "array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]", "array['b', 'a']::varchar(5)[]",
          "'{}'::int[]"}) {
        INFO(array);
        const auto found = array_elements(server.query("select (" + std::string{array} + ")::text"));
        const auto wanted = array_elements(
            server.query("select coalesce(jsonb_agg(x::text order by n), '[]')::text from unnest(" +
                         std::string{array} + ") with ordinality as u (x, n) where x is not null"));
        REQUIRE(found.has_value());
        CHECK(found == wanted);
    }
}

}  // namespace weir::array_contract_test
