// Everything that the policy refuses, each with its place in the file and what to do about it.
#include "checked.hpp"

namespace weir::refusals_test {

using checked::good;
using checked::problem_in;
using checked::problems_in;
using checked::with_line;

TEST_CASE("a file in order has no problems") {
    CHECK(problems_in(good).empty());
}

TEST_CASE("all problems are told in one run and in the order of the file") {
    const auto problems = problems_in(R"([resource.a]
path = "v1"
key = "A"
tll = "1s"
rows = "two"
)");
    REQUIRE(problems.size() == 6);
    CHECK(problems[0].starts_with("1:11 resource.a has no ttl -> add ttl = \"300s\""));
    CHECK(problems[1].starts_with("1:11 resource.a has no sql"));
    CHECK(problems[2].starts_with("2:8 resource.a.path \"v1\": a path begins with a slash"));
    CHECK(problems[3].starts_with("3:7 resource.a.key \"A\": a literal has lower case letters"));
    CHECK(problems[4].starts_with("4:1 unknown field resource.a.tll -> remove it (did you mean ttl?)"));
    CHECK(problems[5].starts_with("5:8 resource.a.rows cannot be \"two\""));
}

TEST_CASE("a syntax error has its line and column") {
    CHECK(problem_in("[resource.a]\npath = \n").starts_with("2:8 not valid TOML: "));
    CHECK(problem_in("[a]\nx = 1\nx = 2\n").starts_with("3:"));
}

TEST_CASE("a file that declares nothing is refused") {
    CHECK(problem_in("").starts_with("0:0 no resource is declared"));
}

TEST_CASE("a resource without a TTL is refused") {
    CHECK(problem_in(with_line(4, "")).starts_with("1:11 resource.item has no ttl -> add ttl"));
}

TEST_CASE("a resource without a key is refused") {
    CHECK(problem_in(with_line(3, "")).starts_with("1:11 resource.item has no key -> add key"));
}

TEST_CASE("a key that lacks a parameter of the SQL is refused because two answers would share an entry") {
    const std::string text = with_line(3, R"(key = "items:item:{id}"
query.locale = { default = "en" })");
    std::string with_sql = text;
    with_sql.replace(with_sql.find("where id = {id}\""), 15, "where id = {id} and locale = {locale}");
    CHECK(problem_in(with_sql) ==
          "3:1 resource.item.key lacks {locale}, which the SQL uses: two answers would share an entry -> add "
          "a segment "
          "{locale} to the key");
}

TEST_CASE("a parameter that neither key nor SQL uses is refused") {
    CHECK(problem_in(with_line(7, "query.page = { type = \"integer\", default = 1 }")) ==
          "7:7 resource.item: the parameter page is not used -> use {page} in the SQL, or remove the "
          "parameter");
}

// PITFALLS 23
TEST_CASE("a parameter that is in the key but not in the SQL is refused because it floods the cache") {
    const std::string text = R"([resource.item]
path = "/v1/items"
key = "items:{cb}"
ttl = "1s"
query.cb = { default = "x" }
sql = "select 1"
)";
    CHECK(
        problem_in(text).starts_with("5:7 resource.item: the parameter cb is in the key but not in the SQL: "
                                     "anyone could flood the cache"));
}

TEST_CASE("a cached resource that is marked private is refused") {
    const auto all = problems_in(R"([resource.me]
path = "/v1/me/{id}"
private = true
reason = "it is about one person"
key = "me:{id}"
ttl = "5m"
max_age = "1m"
parameter.id = {}
sql = "select {id}::text"
)");
    REQUIRE(all.size() == 3);
    CHECK(
        all[0].starts_with("5:1 resource.me is private and has a key -> a private resource is never cached"));
    CHECK(all[1].starts_with("6:1 resource.me is private and has a ttl"));
    CHECK(all[2].starts_with("7:1 resource.me is private and has a max_age"));
}

TEST_CASE("a private resource without a reason is refused") {
    CHECK(problem_in("[resource.me]\npath = \"/v1/me\"\nprivate = true\nsql = \"select 1\"\n")
              .starts_with("1:11 resource.me is private and says no reason"));
}

TEST_CASE("a reason without private is refused") {
    CHECK(problem_in(with_line(7, "reason = \"none\""))
              .starts_with("7:1 resource.item has a reason and is not private"));
}

TEST_CASE("jitter over a tenth of the TTL is refused unless it is asked for by name") {
    CHECK(problem_in(with_line(7, "jitter = \"31s\"")) ==
          "7:1 resource.item.jitter 31s is over a tenth of the ttl 5m -> write at most \"30s\", or add "
          "jitter_over_tenth = true");
    CHECK(problems_in(with_line(7, "jitter = \"30s\"")).empty());
    CHECK(problems_in(with_line(7, "jitter = \"200s\"\njitter_over_tenth = true")).empty());
}

TEST_CASE("a negative TTL longer than the TTL is refused") {
    CHECK(problem_in(with_line(7, "negative_ttl = \"301s\""))
              .starts_with("7:1 resource.item.negative_ttl 301s is longer"));
}

TEST_CASE("a degraded TTL longer than the TTL or without a tier to be degraded is refused") {
    CHECK(problem_in(with_line(7, "degraded_ttl = \"301s\"") + "[redis]\n")
              .starts_with("7:1 resource.item.degraded_ttl 301s is longer than the ttl 5m"));
    CHECK(problem_in(with_line(7, "degraded_ttl = \"1s\""))
              .starts_with("7:1 resource.item.degraded_ttl is without effect: there is no [redis]"));
    CHECK(problem_in(with_line(7, "degraded_ttl = \"1s\"") + "[redis]\n[l1]\nbytes_max = \"0\"\n")
              .starts_with("7:1 resource.item.degraded_ttl is without effect: L1 is off"));
    CHECK(problem_in(with_line(7, "degraded_ttl = \"1s\"\nl1_ttl = \"0s\"") + "[redis]\n")
              .starts_with("7:1 resource.item.degraded_ttl is without effect: its l1_ttl"));
}

TEST_CASE("an early refresh that is no reasonable number is refused") {
    CHECK(problem_in(with_line(7, "early_refresh = 11")).starts_with("7:"));
    CHECK(problem_in(with_line(7, "early_refresh = -1")).starts_with("7:"));
    CHECK(problem_in(with_line(7, "early_refresh = true")).starts_with("7:"));
}

TEST_CASE("a negative TTL of a list is refused") {
    CHECK(problem_in(with_line(7, "rows = \"many\"\nnegative_ttl = \"3s\""))
              .starts_with("8:1 resource.item has rows"));
}

TEST_CASE("unknown fields and tables are refused anywhere with the nearest name") {
    CHECK(problem_in(with_line(7, "jiter = \"1s\""))
              .starts_with("7:1 unknown field resource.item.jiter -> remove it (did you mean jitter?)"));
    CHECK(problem_in(good + "[sever]\n")
              .starts_with("22:2 unknown table sever -> remove it (did you mean server?)"));
    CHECK(problem_in(good + "[http]\nidle = \"1s\"\n")
              .starts_with("23:1 unknown field http.idle -> remove it"));
    CHECK(problem_in(with_line(5, "parameter.id = { max_lenght = 64 }"))
              .starts_with("5:18 unknown field resource.item.parameter.id.max_lenght -> remove it (did you "
                           "mean max_length?)"));
    CHECK(problem_in(with_line(10, "keys = [\"items:item:{id}\"]\nkey = \"x\""))
              .starts_with("11:1 unknown field change.items.key"));
    CHECK(problem_in(with_line(13, "method = \"POST\"\nstatus = 201"))
              .starts_with("14:1 unknown field write.update_item.status"));
}

TEST_CASE("a path parameter that is not declared is refused and so is the reverse") {
    CHECK(problem_in(with_line(5, ""))
              .starts_with("2:1 the path's {id} is not declared -> add parameter.id = {"));
    CHECK(problem_in(with_line(7, "parameter.di = {}"))
              .starts_with("7:11 resource.item.parameter.di is not in the path /v1/items/{id} -> put {di} "
                           "into the path, or "
                           "remove the declaration (did you mean id?)"));
}

TEST_CASE("a name that both path and query declare is refused") {
    CHECK(problem_in(with_line(7, "query.id = {}"))
              .starts_with("7:7 resource.item.query.id has the name of a path parameter"));
}

TEST_CASE("SQL with an unknown name is refused at the place of the name") {
    CHECK(problem_in(with_line(6, "sql = \"select {id} from items where x = {nme}\""))
              .starts_with("6:41 resource.item.sql: {nme} is not a parameter"));
    CHECK(problem_in(with_line(20, "where id = {id} and x = {nme}"))
              .starts_with("20:25 write.update_item.sql: {nme} is not"));
}

TEST_CASE("a resource that writes is refused") {
    CHECK(problem_in(with_line(6, "sql = \"delete from items where id = {id} returning id\""))
              .starts_with("6:8 resource.item.sql must only read"));
    CHECK(problem_in(with_line(6, "sql = \"with x as (update items set a = 1) select {id}::text\""))
              .starts_with("6:19 resource.item.sql must only read"));
}

TEST_CASE("a write to a table without a declared change is refused") {
    const auto all = problems_in(with_line(15, "table = \"itmes\""));
    REQUIRE(all.size() == 2);  // the SQL disagrees, too
    CHECK(all[0] ==
          "15:9 write.update_item writes to the table itmes, which has no declared change -> declare "
          "[change.itmes] with "
          "the keys that its rows touch (did you mean items?)");
    CHECK(all[1].starts_with("19:1 write.update_item.sql changes items, but table says itmes"));
}

TEST_CASE("a write whose SQL changes another table than it declares is refused") {
    CHECK(problem_in(with_line(19, "update orders set name = coalesce({name}, name)"))
              .starts_with("19:1 write.update_item.sql changes orders, but table says items"));
    CHECK(problems_in(with_line(19, "update public.items set name = coalesce({name}, name)")).empty());
}

TEST_CASE("a write that changes no table or two is refused") {
    CHECK(problem_in(with_line(19, "select {name} as name from items"))
              .starts_with("19:1 write.update_item.sql changes 0 tables"));
    CHECK(problem_in(with_line(19, "with x as (delete from a) update items set name = {name}"))
              .starts_with("19:27 write.update_item.sql changes 2 tables"));
}

TEST_CASE("a write that returns nothing is refused") {
    CHECK(problem_in(with_line(21, "\"\"\""))
              .starts_with("18:1 write.update_item.sql returns nothing -> add returning"));
}

TEST_CASE("a body field that the SQL does not use is refused") {
    CHECK(problem_in(with_line(17, "body.name = {}\nbody.colour = {}"))
              .starts_with("18:6 write.update_item: colour is not used"));
}

TEST_CASE("a write lacking its method or table or path or SQL is refused") {
    CHECK(problem_in(with_line(13, "")).starts_with("12:8 write.update_item has no method"));
    CHECK(problem_in(with_line(13, "method = \"QUERY\""))
              .starts_with("13:10 write.update_item.method cannot be \"QUERY\""));
    CHECK(problem_in(with_line(15, "")).starts_with("12:8 write.update_item has no table"));
    CHECK(problem_in(with_line(14, "")).starts_with("12:8 write.update_item has no path"));
    CHECK(problem_in(with_line(6, "")).starts_with("1:11 resource.item has no sql"));
    CHECK(problem_in(with_line(2, "")).starts_with("1:11 resource.item has no path"));
}

TEST_CASE("a change whose key no resource has is refused with the nearest key") {
    CHECK(problem_in(with_line(10, "keys = [\"items:item:{id}\", \"items:itm:{id}\"]")) ==
          "10:28 change.items.keys \"items:itm:{id}\" is the key of no resource -> did you mean "
          "\"items:item:{id}\"? Only "
          "the names in braces may differ");
}

TEST_CASE("a change without keys and tags is refused") {
    CHECK(
        problem_in(with_line(10, "keys = []")).starts_with("10:1 change.items names neither keys nor tags"));
    CHECK(problem_in(with_line(10, "")).starts_with("8:9 change.items names neither keys nor tags"));
    CHECK(problem_in(with_line(10, "keys = \"items:item:{id}\""))
              .starts_with("10:8 change.items.keys is not an array"));
}

TEST_CASE("a table's name of three parts is refused") {
    CHECK(problems_in(with_line(9, "table = \"a.b.items\""))[0].starts_with(
        "9:1 change.items: \"a.b.items\" is not a table's name"));
}

TEST_CASE("two changes for one table are refused") {
    CHECK(problem_in(good + "[change.again]\ntable = \"items\"\nkeys = [\"items:item:{id}\"]\n")
              .starts_with("23:1 change.again and change.items are both for the table items"));
}

namespace {

std::string second_resource(const std::string& path, const std::string& key) {
    return good + "[resource.other]\npath = \"" + path + "\"\nkey = \"" + key +
           "\"\nttl = \"1s\"\nparameter.x = {}\nsql = \"select {x}::text\"\n";
}

}  // namespace

TEST_CASE("two resources that one request could mean are refused") {
    CHECK(problem_in(second_resource("/v1/{x}/p1", "other:{x}"))
              .starts_with("23:1 resource.other: a request for /v1/{x}/p1 could also mean resource.item's "
                           "/v1/items/{id}"));
    CHECK(problems_in(second_resource("/v1/others/{x}", "other:{x}")).empty());
}

TEST_CASE("two resources that could share a key are refused") {
    CHECK(
        problem_in(second_resource("/v1/others/{x}", "items:item:{x}"))
            .starts_with(
                "24:1 resource.other.key items:item:{x} can be the same as resource.item's items:item:{id}"));
    CHECK(problem_in(second_resource("/v1/others/{x}", "items:{x}:p1"))
              .starts_with("24:1 resource.other.key items:{x}:p1 can be the same"));
}

TEST_CASE("paths that Weir answers itself are refused") {
    CHECK(problem_in(second_resource("/{x}", "other:{x}"))
              .starts_with("23:1 resource.other: /healthz is answered by Weir itself"));
}

TEST_CASE("a write whose path is taken is refused") {
    CHECK(problem_in(with_line(14, "path = \"/admin/v1/{id}\""))
              .starts_with("14:1 write.update_item: /admin/v1/invalidate is answered by Weir itself"));
}

TEST_CASE("a key template that cannot be read is refused") {
    CHECK(problems_in(with_line(3, "key = \"Items:{id}\""))[0].starts_with(
        "3:7 resource.item.key \"Items:{id}\": a literal has"));
    CHECK(problems_in(with_line(3, "key = \"{id}\""))[0].starts_with(
        "3:7 resource.item.key \"{id}\": it must begin with a literal"));
    CHECK(problems_in(with_line(3, "key = \"items:{idd}\""))[0].starts_with(
        "3:7 resource.item.key \"items:{idd}\": {idd} is not a declared"));
}

TEST_CASE("rules that contradict themselves are refused") {
    const auto rule = [](const std::string& text) {
        return problem_in(with_line(17, "body.name = { " + text + " }"));
    };
    CHECK(rule("type = \"integer\", min = 2, max = 1")
              .starts_with("17:33 write.update_item.body.name: min 2 is greater than max 1"));
    CHECK(rule("one_of = [\"a\"], default = \"b\"")
              .starts_with("17:41 write.update_item.body.name.default: \"b\" must be one of a"));
    CHECK(rule("max_length = 2, one_of = [\"abc\"]")
              .starts_with("17:41 write.update_item.body.name.one_of: \"abc\" must be at most 2"));
    CHECK(rule("required = true, default = \"a\"")
              .starts_with("17:32 write.update_item.body.name is required and has a default"));
    CHECK(
        rule("type = \"number\"").starts_with("17:22 write.update_item.body.name.type cannot be \"number\""));
    CHECK(rule("min = 1").starts_with("17:15 unknown field write.update_item.body.name.min"));
    CHECK(rule("one_of = []")
              .starts_with("17:24 write.update_item.body.name.one_of is not an array that is not empty"));
    CHECK(rule("max_length = \"long\"")
              .starts_with("17:28 write.update_item.body.name.max_length is not a whole number"));
}

TEST_CASE("a timestamp cannot be a part of a key") {
    CHECK(problem_in(with_line(5, "parameter.id = { type = \"timestamp\" }"))
              .starts_with("5:18 resource.item.parameter.id cannot be a timestamp"));
}

TEST_CASE("bad durations are refused with an example") {
    CHECK(problem_in(with_line(4, "ttl = \"5 minutes\"")) ==
          "4:7 resource.item.ttl is not a duration such as \"250ms\", \"300s\", \"5m\", \"1h\" or \"1d\" -> "
          "write a duration "
          "such as \"250ms\", \"300s\", \"5m\", \"1h\" or \"1d\"");
    CHECK(problem_in(with_line(4, "ttl = 300")).starts_with("4:7 resource.item.ttl is not a duration"));
    CHECK(
        problem_in(with_line(4, "ttl = \"0s\"")).starts_with("4:7 resource.item.ttl is not a duration from"));
    CHECK(problem_in(with_line(7, "s_maxage = \"0s\""))
              .starts_with("7:12 resource.item.s_maxage is not a duration from"));
}

TEST_CASE("values of a wrong type are refused") {
    CHECK(problems_in("resource = 1\n")[1].starts_with("1:12 resource is not a table"));
    CHECK(problems_in("[resource]\nitem = 1\n")[1].starts_with("2:8 resource.item is not a table"));
    CHECK(problem_in(with_line(7, "private = 1"))
              .starts_with("7:11 resource.item.private is not true or false"));
    CHECK(problem_in(with_line(7, "note = 1")).starts_with("7:8 resource.item.note is not a text"));
    CHECK(problem_in(with_line(5, "parameter.id = \"text\""))
              .starts_with("5:16 resource.item.parameter.id is not a table"));
}

TEST_CASE("a file that cannot be read is a problem without a line") {
    const auto loaded = weir::config::load("/nonexistent/weir.toml", checked::environment_of({}));
    const auto& problems = std::get<std::vector<weir::config::problem>>(loaded);
    REQUIRE(problems.size() == 1);
    CHECK(weir::config::to_text(problems[0]).starts_with("/nonexistent/weir.toml: the file cannot be read"));
}

TEST_CASE("a problem is printed as compilers do") {
    CHECK(weir::config::to_text({"weir.toml", 3, 7, "what", "todo"}) == "weir.toml:3:7: what\n    -> todo");
}

}  // namespace weir::refusals_test
