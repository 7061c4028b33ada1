// What the proof reads out of a resource's SQL.
#include "../../../lib/prove/src/sql_words.hpp"

#include "support/catch.hpp"

#include <string>

namespace weir::sql_words_test {

using namespace weir::prove;

namespace {

// "1=city" for each comparison; "~" stands for one that is no equality, "@" for an element of an array.
std::string compared(const std::string& sql) {
    std::string text;
    for (const auto& c : hints_of(sql).comparisons) {
        const char* how = c.is_element ? "@" : (c.is_equality ? "=" : "~");
        text += (text.empty() ? "" : " ") + std::to_string(c.number) + how + c.column;
    }
    return text;
}

}  // namespace

TEST_CASE("the column that a parameter is compared with is found on either side") {
    CHECK(compared("select * from t where city = $1::text") == "1=city");
    CHECK(compared("select * from t where $1::text = t.city") == "1=city");
    CHECK(compared("select * from t where (p.\"Group Id\") = ($2::bigint) and a = $1") == "2=Group Id 1=a");
    CHECK(compared("select * from t where id = any ($1::bigint[])") == "1=id");
    CHECK(compared("where lower(email) = lower($1::text)") == "1=email");
    CHECK(compared("where x is not distinct from $1::text") == "1=x");
    CHECK(compared("where id::text = $1::text") == "1=id");
}

TEST_CASE("an inequality and a member of an array are told from an equality") {
    CHECK(compared("where price <= $1::bigint") == "1~price");
    CHECK(compared("where $1::bigint > p.price") == "1~price");
    CHECK(compared("where day between $1::date and $2::date") == "1~day 2~day");
    CHECK(compared("where name ilike $1::text") == "1~name");
    CHECK(compared("where $1::text = any(tags)") == "1@tags");
    CHECK(compared("where tags @> array[$1::text]") == "1@tags");
}

TEST_CASE("literals and comments are not taken for code") {
    CHECK(compared("where a = '$1' -- b = $2\n and c = $3 /* d = $4 */") == "3=c");
    CHECK(hints_of("where s = 'it''s' and n > 10.5 and $q$x$q$ = 'it''s'").texts ==
          std::vector<std::string>{"it's", "x"});
    CHECK(hints_of("where n > 10.5").numbers == std::vector<std::string>{"10.5"});
    CHECK(hints_of("where a = 'open").texts == std::vector<std::string>{"open"});
}

}  // namespace weir::sql_words_test
