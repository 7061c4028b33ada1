// Keys of a change that are not simply a column in a place: a literal, the elements of an array, and filters
// that are no equality.
#include "weir/policy/invalidation.hpp"

#include "checked.hpp"

namespace weir::keys_test {

using checked::configuration_of;
using checked::problem_in;
using checked::problems_in;

namespace {

using names = std::vector<std::string>;

// A list by status, and the change of its table.
std::string list(const std::string& parameter, const std::string& condition, const std::string& keys,
                 const std::string& more = "") {
    return R"([resource.by_status]
path = "/v1/items"
key = "items:list:{status}"
ttl = "600s"
rows = "many"
)" + more +
           "query.status = " + parameter + "\nsql = \"select id from items where " + condition +
           "\"\n[change.items]\n" + keys;
}

std::string all_or_one(const std::string& keys) {
    return list(R"({ default = "all" })", "({status} = 'all' or status = {status})",
                "keys = [" + keys + "]\n");
}

names touched_keys(const std::string& file, const std::string& column, std::optional<std::string> value) {
    return weir::touched_by(configuration_of(file).policy, {{1, {"items", {{column, std::move(value)}}}}})
        .keys;
}

}  // namespace

TEST_CASE("a literal stands for a value that the resource's parameter may have") {
    CHECK(touched_keys(all_or_one(R"("items:list:all", "items:list:{status}")"), "status", "open") ==
          names{"weir:v1:items:list:all", "weir:v1:items:list:open"});
    const auto alone = list("{}", "status is not null", R"(keys = ["items:list:all"])");
    CHECK(problems_in(alone).size() == 1);  // the SQL does not use the parameter, and nothing else is wrong
}

TEST_CASE("a literal is written as the keys have it whatever its value needs") {
    const auto key_of = [](const std::string& rule, const std::string& literal) {
        return touched_keys(list(rule, "status = {status}", "keys = [\"items:list:" + literal + "\"]"),
                            "other", "x");
    };
    CHECK(key_of("{}", "In Stock") == names{"weir:v1:items:list:In%20Stock"});
    CHECK(key_of("{}", "In%20Stock") == names{"weir:v1:items:list:In%20Stock"});
    CHECK(key_of("{}", "a%3Ab") == names{"weir:v1:items:list:a%3Ab"});
    CHECK(key_of("{ lower = true }", "ALL") == names{"weir:v1:items:list:all"});
    CHECK(key_of("{ type = \"integer\" }", "007") == names{"weir:v1:items:list:7"});
    CHECK(key_of("{ type = \"boolean\" }", "true") == names{"weir:v1:items:list:true"});
}

TEST_CASE("a literal that no request can ask for is refused with the parameter's own words") {
    const auto refused = [](const std::string& rule, const std::string& literal) {
        return problem_in(list(rule, "status = {status}", "keys = [\"items:list:" + literal + "\"]"));
    };
    CHECK(refused(R"({ one_of = ["open", "closed"] })", "all")
              .find("by_status's status must be one of open, closed") != std::string::npos);
    CHECK(refused("{ type = \"integer\" }", "all").find("status must be an integer") != std::string::npos);
    CHECK(refused("{ type = \"integer\", max = 5 }", "6").find("status must be at most 5") !=
          std::string::npos);
    CHECK(refused("{ type = \"boolean\" }", "yes").find("status must be true or false") != std::string::npos);
    CHECK(refused("{ max_length = 3 }", "open").find("status must be at most 3 bytes") != std::string::npos);
    CHECK(refused("{}", "a%2").find("malformed %") != std::string::npos);
    CHECK(refused("{}", "{[]}").find("there is no name in the braces") != std::string::npos);
    CHECK(refused("{}", "open:x").find("is the key of no resource") != std::string::npos);
}

TEST_CASE("a column does not stand for a literal of the resource's key") {
    CHECK(problem_in(checked::with_line(10, "keys = [\"items:{kind}:{id}\"]"))
              .find("is the key of no resource") != std::string::npos);
}

TEST_CASE("each element of an array touches a key") {
    const auto file = list("{}", "{status} = any(states)", "keys = [\"items:list:{states[]}\"]");
    const auto keys_of = [&](std::optional<std::string> value) {
        return touched_keys(file, "states", value);
    };
    const std::string head = "weir:v1:items:list:";
    CHECK(keys_of("{red,blue}") == names{head + "blue", head + "red"});
    const names awkward{head + "%7Bx%7D", head + "NULL", head + "a%2Cb", head + "dark%20blue",
                        head + "q%22x"};
    CHECK(keys_of(R"({"dark blue",NULL,"NULL","q\"x","a,b","{x}"})") == awkward);
    CHECK(keys_of(R"(["dark blue", null, "NULL", "q\"x", "a,b", "{x}"])") == awkward);
    CHECK(keys_of("[0:1]={a,b}") == names{head + "a", head + "b"});
    CHECK(keys_of("[12.50, true ,-3]") == names{head + "-3", head + "12.50", head + "true"});
    for (const char* none : {"{}", "{NULL}", "[]", "[null]", "[1:0]={}"}) CHECK(keys_of(none).empty());
    CHECK(keys_of(std::nullopt).empty());
}

TEST_CASE("the elements of an array of booleans are those of a boolean parameter") {
    const auto file =
        list("{ type = \"boolean\" }", "{status} = any(states)", "keys = [\"items:list:{states[]}\"]");
    const names both{"weir:v1:items:list:false", "weir:v1:items:list:true"};
    CHECK(touched_keys(file, "states", "{t,f}") == both);
    CHECK(touched_keys(file, "states", "[true, false]") == both);
}

TEST_CASE("a value that is no array of scalars forgets the whole resource and is reported") {
    const auto p =
        configuration_of(list("{}", "{status} = any(states)", "keys = [\"items:list:{states[]}\"]")).policy;
    for (const char* value : {"red", "{{a},{b}}", "{a,b", "{a}x", "{a,}", "{,a}", R"({"a)", "{a b\"c}", "",
                              "7", "null", "{\"a\": 1}", "[[1]]", "[{}]", "[1,"}) {
        INFO(value);
        const auto got = weir::touched_by(p, {{1, {"items", {{"states", value}}}}});
        CHECK(got.keys.empty());
        CHECK(got.tags == names{"weir:v1:all:by_status"});
        CHECK(got.refused.size() == 1);
    }
}

TEST_CASE("an element that no request can ask for touches nothing and the others do") {
    const auto file = list(R"({ type = "integer", max = 9 })", "{status} = any(states)",
                           "keys = [\"items:list:{states[]}\"]");
    CHECK(touched_keys(file, "states", "{7,10}") == names{"weir:v1:items:list:7"});
}

TEST_CASE("an array with more elements than the table's bulk_rows forgets the whole resource") {
    const auto p = configuration_of(list("{}", "{status} = any(states)",
                                         "bulk_rows = 2\nkeys = [\"items:list:{states[]}\"]"))
                       .policy;
    CHECK(weir::touched_by(p, {{1, {"items", {{"states", "{a,b}"}}}}}).keys.size() == 2);
    const auto got = weir::touched_by(p, {{1, {"items", {{"states", "{a,b,c}"}}}}});
    CHECK(got.keys.empty());
    CHECK(got.tags == names{"weir:v1:all:by_status"});
    CHECK(got.refused.empty());
}

TEST_CASE("a constant that the filter treats in its own way needs a key of its own") {
    const std::string column = R"("items:list:{status}")";
    for (const char* condition :
         {"({status} = 'all' or status = {status})", "'all' = {status} or status = {status}",
          "status = coalesce(nullif({status}, 'all'), status)", "({status} in ('all') or status = {status})",
          "case {status} when 'all' then true else status = {status} end",
          "(trim({status}) = 'all'::text or status = {status})", "({status} <> 'all' and status = {status})",
          "(({status})::text = 'all' or status = {status})",
          "({status} = any(array['all']) or status = {status})",
          "({status} is not distinct from 'all' or status = {status})",
          "('all' is not distinct from {status} or status = {status})"}) {
        INFO(condition);
        const auto file = [&](const std::string& keys) {
            return list(R"({ default = "all" })", condition, "keys = [" + keys + "]\n");
        };
        const auto problem = problem_in(file(column));
        CHECK(problem.find("compares {status} with 'all'") != std::string::npos);
        CHECK(problem.find("-> add \"items:list:all\" to the keys") != std::string::npos);
        CHECK(problems_in(file(column + R"(, "items:list:all")")).empty());
    }
    CHECK(problems_in(
              list("{}", "({status} in ('any', 'all') or status = {status})", "keys = [" + column + "]"))
              .size() == 2);
    CHECK(problems_in(list("{ one_of = [\"open\"] }", "({status} = 'all' or status = {status})",
                           "keys = [" + column + "]"))
              .empty());  // no request can give it
    CHECK(problem_in(list("{ type = \"integer\" }", "({status} = -1 or status = {status})",
                          "keys = [" + column + "]"))
              .find("\"items:list:-1\"") != std::string::npos);
}

TEST_CASE("a filter that is no equality needs a tag instead of a key") {
    const std::string keys = R"(keys = ["items:list:{status}"])";
    for (const char* condition :
         {"price >= {status}", "price < {status}", "{status} > price", "name like {status}",
          "name ilike '%' || {status} || '%' and {status} ~ name", "status <> {status}", "status != {status}",
          "name ~* {status}", "status is distinct from {status}", "{status} is distinct from status",
          "not name like {status}", "{status} between starts and ends",
          "starts <= {status} and ends > {status}", "{status} not between starts and ends",
          "p.starts < {status} and {status} < p.ends"}) {
        INFO(condition);
        const auto problem = problem_in(list("{}", condition, keys));
        CHECK(problem.find("by more than equality") != std::string::npos);
        CHECK(problem.find("tag") != std::string::npos);
        CHECK(problems_in(
                  list("{}", condition, keys + "\ntags = [\"items:lists\"]\n", "tags = [\"items:lists\"]\n"))
                  .empty());
    }
    for (const char* condition :
         {"status = {status}", "{status} = status", "(status) = ({status})",
          "status is not distinct from {status}", "day >= {status} and day < {status} + 1",
          "p.day between {status} and {status} + 1", "a between 1 and 2 and {status} = status",
          "length({status}) = 3 and status = {status}", "status in ({status})", "status = trim({status})"}) {
        INFO(condition);
        CHECK(problems_in(list("{}", condition, keys)).empty());
    }
}

TEST_CASE("a tag with parameters is judged by the filter as a key is") {
    const auto by_tag = [](const std::string& condition, const std::string& names) {
        return list("{}", condition, names, "tags = [\"items:of:{status}\"]\n");
    };
    const std::string tag = "tags = [\"items:of:{status}\"]\n";
    for (const char* condition : {"({status} = 'all' or status = {status})", "price >= {status}",
                                  "name like {status}", "{status} = any(states)"}) {
        INFO(condition);
        const auto problem = problem_in(by_tag(condition, tag));
        CHECK(problem.find("change.items.tags \"items:of:{status}\": resource.by_status's SQL") !=
              std::string::npos);
    }
    CHECK(problem_in(by_tag("({status} = 'all' or status = {status})", tag))
              .find("-> add \"items:of:all\" to the tags") != std::string::npos);
    CHECK(problems_in(by_tag("({status} = 'all' or status = {status})",
                             "tags = [\"items:of:{status}\", \"items:of:all\"]"))
              .empty());
    CHECK(problems_in(by_tag("status = {status}", tag)).empty());
    CHECK(problems_in(by_tag("{status} = any(states)", "tags = [\"items:of:{states[]}\"]")).empty());
}

TEST_CASE("one name that every answer with a row has is enough whatever the others are") {
    const std::string more = "tags = [\"items:in:{place}\"]\nquery.place = {}\n";
    const auto file = [&](const std::string& names) {
        return list(R"({ default = "all" })", "({status} = 'all' or status = {status}) and place = {place}",
                    names, more + "");
    };
    auto with_place = [&](const std::string& names) {
        auto text = file(names);
        text.replace(text.find("items:list:{status}"), 19, "items:list:{place}:{status}");
        return text;
    };
    const std::string tag = "tags = [\"items:in:{place}\"]\n";
    const std::string key = "keys = [\"items:list:{place}:{status}\"]\n";
    CHECK(problems_in(with_place(key)).size() == 1);
    CHECK(problems_in(with_place(key + tag)).empty());
    CHECK(problems_in(with_place(tag)).empty());
    CHECK(problems_in(with_place("tags = [\"items:in:home\"]\n" + key)).size() == 1);
}

TEST_CASE("the names of a query are judged by the filter as a change's own are") {
    const auto file = [](const std::string& names) {
        return list(R"({ default = "all" })", "({status} = 'all' or status = {status})",
                    "keys = [\"items:list:{status}\", \"items:list:all\"]\ntags = [\"items:of:{status}\", "
                    "\"items:of:all\"]\n[change.kinds]\n[[change.kinds.through]]\n"
                    "sql = \"select status from items where kind = {id}\"\n" +
                        names,
                    "tags = [\"items:of:{status}\"]\n");
    };
    CHECK(problem_in(file("tags = [\"items:of:{status}\"]\n")).find("add \"items:of:all\" to the tags") !=
          std::string::npos);
    CHECK(problem_in(file("keys = [\"items:list:{status}\"]\n")).find("add \"items:list:all\"") !=
          std::string::npos);
    CHECK(problems_in(file("keys = [\"items:list:{status}\", \"items:list:all\"]\n")).empty());
}

TEST_CASE("a truth value that is a condition of its own is no equality") {
    const std::string keys = R"(keys = ["items:list:{published}"])";
    for (const char* condition :
         {"({status} or published)", "not {status} or published", "{status} and published",
          "case when {status} then true else published end"}) {
        INFO(condition);
        CHECK(problem_in(list("{ type = \"boolean\" }", condition, keys)).find("by more than equality") !=
              std::string::npos);
    }
    for (const char* condition :
         {"published = {status}", "{status} = published and n > 1", "(published = ({status}))"}) {
        INFO(condition);
        CHECK(problems_in(list("{ type = \"boolean\" }", condition, keys)).empty());
    }
}

TEST_CASE("a search among an array's elements needs a key for each of them") {
    for (const char* condition :
         {"{status} = any(states)", "states @> array[{status}]", "array[{status}] <@ states",
          "states && array[{status}]::text[]", "array[{status}]::text[] && states"}) {
        INFO(condition);
        CHECK(problem_in(list("{}", condition, R"(keys = ["items:list:{states}"])"))
                  .find("-> write \"items:list:{states[]}\"") != std::string::npos);
        CHECK(problems_in(list("{}", condition, R"(keys = ["items:list:{states[]}"])")).empty());
    }
    CHECK(problems_in(list("{}", "status = any(array[{status}])", R"(keys = ["items:list:{status}"])"))
              .empty());
}

}  // namespace weir::keys_test
