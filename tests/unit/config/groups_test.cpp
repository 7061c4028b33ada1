// Tags, pages, and resources that share a path.
#include "weir/policy/invalidation.hpp"

#include "checked.hpp"

namespace weir::groups_test {

using checked::configuration_of;
using checked::good;
using checked::problem_in;
using checked::problems_in;
using weir::milliseconds;

namespace {

// A list, the same by pages, and the change of their table. `list` and `page` are more fields of each.
std::string listed(const std::string& page = "", const std::string& change = "",
                   const std::string& list = "") {
    return R"([resource.list]
path = "/v1/items"
key = "items:list:{locale}"
ttl = "5m"
query.locale = { lower = true }
sql = "select {locale}::text"
)" + list + R"(
[resource.page]
path = "/v1/items"
when = ["after"]
key = "items:page:{locale}:{after}"
tags = ["items:pages:{locale}"]
ttl = "2m"
query.locale = { lower = true }
query.after = { type = "cursor", default = "" }
sql = "select {locale}::text, {after}::text"
)" + page + R"(
[change.items]
keys = ["items:list:{locale}"]
tags = ["items:pages:{locale}"]
)" + change;
}

const weir::resource& named(const weir::policy& p, std::string_view name) {
    for (const auto& r : p.resources) {
        if (r.name == name) return r;
    }
    throw std::out_of_range(std::string{name});
}

// listed() with a part replaced.
std::string with(const std::string& part, const std::string& other) {
    std::string text = listed();
    return text.replace(text.find(part), part.size(), other);
}

}  // namespace

TEST_CASE("a resource is read with its tags and with what tells it from others of its path") {
    const auto p = configuration_of(listed("l1_ttl = \"10s\"\n")).policy;
    const auto& page = named(p, "page");
    CHECK(page.when == std::vector<std::string>{"after"});
    CHECK(page.cached->l1_ttl == milliseconds{10'000});
    CHECK(weir::tags_of(p.key_head(), page, {"en", "p9"}) ==
          std::vector<std::string>{"weir:v1:all:page", "weir:v1:tag:items:pages:en"});
    CHECK(named(p, "list").when.empty());
    CHECK_FALSE(named(p, "list").cached->l1_ttl.has_value());
}

TEST_CASE("the beginning of a cursor has a key of its own that no cursor can have") {
    const auto p = configuration_of(listed()).policy;
    const auto& page = named(p, "page");
    const auto& after = page.parameters[1];
    CHECK(after.is_cursor);
    CHECK(after.default_value == "");
    CHECK_FALSE(after.required);
    CHECK_FALSE(after.rule.may_be_empty);
    CHECK(page.cached->key.render(p.key_head(), std::vector<std::string>{"en", ""}) ==
          "weir:v1:items:page:en:=");
    CHECK(page.cached->key.render(p.key_head(), std::vector<std::string>{"en", "="}) ==
          "weir:v1:items:page:en:%3D");
}

TEST_CASE("a cursor over integers begins where its default says") {
    const auto p = configuration_of(with("type = \"cursor\", default = \"\"",
                                         "type = \"cursor\", of = \"integer\", min = 0, default = 0"))
                       .policy;
    const auto& after = named(p, "page").parameters[1];
    CHECK(after.is_cursor);
    CHECK(after.rule.type == weir::value_type::integer);
    CHECK(after.default_value == "0");
    CHECK(checked::select_of(named(p, "page")).sql.find("$2::bigint") != std::string::npos);
}

TEST_CASE("a cursor stands in a query only and has no options of other types") {
    const auto rule = [](const std::string& text) {
        return problem_in(with("{ type = \"cursor\", default = \"\" }", text));
    };
    CHECK(rule("{ type = \"cursor\", lower = true, default = \"\" }")
              .starts_with("15:34 unknown field resource.page.query.after.lower"));
    CHECK(rule("{ type = \"cursor\", one_of = [\"a\"], default = \"\" }")
              .starts_with("15:34 unknown field resource.page.query.after.one_of"));
    CHECK(rule("{ type = \"cursor\", of = \"boolean\" }")
              .starts_with("15:39 resource.page.query.after.of cannot be \"boolean\""));
    CHECK(rule("{ type = \"cursor\", of = \"integer\", default = \"\" }")
              .starts_with("15:60 resource.page.query.after.default: \"\" must be an integer"));
    CHECK(rule("{ of = \"text\", default = \"a\" }")
              .starts_with("15:17 unknown field resource.page.query.after.of"));
    CHECK(
        problem_in(checked::with_line(5, "parameter.id = { type = \"cursor\" }")) ==
        "5:18 resource.item.parameter.id cannot be a cursor -> a cursor is a query parameter: declare it as "
        "query.id");
}

TEST_CASE("a changed row touches the tags that its columns name by the rule of the resource") {
    const auto p = configuration_of(listed("", "bulk_rows = 7\n")).policy;
    CHECK(p.changes[0].bulk_rows == 7);
    const auto got = weir::touched_by(p, {{.id = 1, .image = {"items", {{"locale", "EN"}}}}});
    CHECK(got.keys == std::vector<std::string>{"weir:v1:items:list:en"});
    CHECK(got.tags == std::vector<std::string>{"weir:v1:tag:items:pages:en"});
}

TEST_CASE("a tag that two resources spell by different rules is touched in both spellings") {
    const auto p = configuration_of(listed(R"([resource.names]
path = "/v1/names"
key = "items:names:{locale}"
tags = ["items:pages:{locale}"]
ttl = "2m"
query.locale = {}
sql = "select {locale}::text"
)"))
                       .policy;
    CHECK(p.changes[0].bulk_rows == 1000);
    const auto got = weir::touched_by(p, {{.id = 1, .image = {"items", {{"locale", "EN"}}}}});
    CHECK(got.tags == std::vector<std::string>{"weir:v1:tag:items:pages:EN", "weir:v1:tag:items:pages:en"});
}

TEST_CASE("a change may have tags and no keys") {
    CHECK(problems_in(with("keys = [\"items:list:{locale}\"]\n", "")).empty());
}

TEST_CASE("a change whose tag no resource has is refused with the nearest tag") {
    CHECK(problem_in(with("\ntags = [\"items:pages:{locale}\"]\n", "\ntags = [\"items:page:{locale}\"]\n"))
              .starts_with(
                  "20:9 change.items.tags \"items:pages:{locale}\" is the tag of no resource -> did you "
                  "mean \"items:page:{locale}\"? Only the names in braces may differ"));
    CHECK(problem_in(good + "[change.others]\ntags = [\"others:{id}\"]\n")
              .starts_with(
                  "23:9 change.others.tags \"others:{id}\" is the tag of no resource -> declare it: tags"));
}

TEST_CASE("bulk rows out of their range are refused") {
    CHECK(
        problem_in(listed("", "bulk_rows = 0\n")).starts_with("21:13 change.items.bulk_rows is not a whole"));
    CHECK(problem_in(listed("", "bulk_rows = 100001\n")).starts_with("21:13 change.items.bulk_rows is not"));
}

TEST_CASE("a tag that cannot be read or is there twice is refused") {
    const auto tags = [](const std::string& list) {
        return problem_in(with("tags = [\"items:pages:{locale}\"]\nttl", "tags = [" + list + "]\nttl"));
    };
    CHECK(tags("\"items:pages:{locale}\", \"items:pages:{locale}\"")
              .starts_with("12:33 resource.page.tags has \"items:pages:{locale}\" twice -> remove"));
    CHECK(tags("\"items:pages:{local}\"")
              .starts_with(
                  "12:9 resource.page.tags \"items:pages:{local}\": {local} is not a declared parameter"));
    CHECK(tags("\"{locale}\"")
              .starts_with("12:9 resource.page.tags \"{locale}\": it must begin with a literal"));
    CHECK(tags("\"all:pages\"")
              .starts_with("12:9 resource.page.tags \"all:pages\": what begins with all: is Weir's own"));
    CHECK(tags("\"items:pages:{locale}\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\"")
              .starts_with("12:1 resource.page has 7 tags -> use at most 6"));
}

TEST_CASE("a key in a part of Redis that is Weir's own is refused") {
    CHECK(problems_in(checked::with_line(3, "key = \"tag:item:{id}\""))[0].starts_with(
        "3:7 resource.item.key \"tag:item:{id}\": what begins with tag: is Weir's own"));
}

TEST_CASE("a private resource has no tags and no life in L1") {
    const auto all = problems_in(R"([resource.me]
path = "/v1/me"
private = true
reason = "it is about one person"
tags = ["me"]
l1_ttl = "0s"
sql = "select 1 as one"
)");
    REQUIRE(all.size() == 2);
    CHECK(all[0].starts_with("5:1 resource.me is private and has a tags"));
    CHECK(all[1].starts_with("6:1 resource.me is private and has a l1_ttl"));
}

TEST_CASE("a life in L1 that cannot be is refused") {
    CHECK(problem_in(listed("l1_ttl = \"121s\"\n[l1]\nttl_max = \"1h\"\n")) ==
          "17:1 resource.page.l1_ttl 121s is longer than the ttl 2m -> an entry lives nowhere longer "
          "than "
          "its ttl: "
          "make it shorter; \"0s\" keeps it out of L1");
    CHECK(problem_in(listed("l1_ttl = \"61s\"\n"))
              .starts_with("17:1 resource.page.l1_ttl 61s is longer than l1.ttl_max 1m -> make it "
                           "shorter, or raise"));
    CHECK(configuration_of(listed("l1_ttl = \"0s\"\n")).policy.resources[1].cached->l1_ttl ==
          milliseconds{0});
}

TEST_CASE("when names query parameters of its resource") {
    CHECK(problem_in(with("when = [\"after\"]", "when = [\"after\", \"befor\"]")) ==
          "10:18 resource.page.when: \"befor\" is not one of its query parameters -> declare query.befor, or "
          "remove it here");
    CHECK(problem_in(with("when = [\"after\"]", "when = [\"after\", \"after\"]"))
              .starts_with("10:18 resource.page.when names \"after\" twice"));
    CHECK(problems_in(with("when = [\"after\"]", "when = \"after\""))
              .back()
              .starts_with("10:8 resource.page.when is not an array"));
}

TEST_CASE("resources of one path that one request could mean are refused") {
    CHECK(problem_in(with("when = [\"after\"]", ""))
              .starts_with(
                  "9:1 resource.page: a request for /v1/items could also mean resource.list's /v1/items"));
    const std::string third = R"([resource.third]
path = "/v1/items"
when = ["after", "before"]
key = "items:third:{after}:{before}"
ttl = "2m"
query.after = { type = "cursor" }
query.before = { type = "cursor", default = "" }
sql = "select {after}::text, {before}::text"
)";
    CHECK(problem_in(listed(third))
              .starts_with("19:1 resource.third and resource.page both answer /v1/items when "
                           "after is given -> let each name"));
    CHECK(problems_in(
              listed("[resource.third]\npath = \"/v1/items\"\nwhen = [\"x\"]\nkey = \"third:{x}\"\nttl = "
                     "\"1m\"\nquery.x = {}\nsql = \"select {x}::text\"\n"))
              .empty());
}

TEST_CASE("a path that only answers with a query parameter is refused") {
    CHECK(problem_in(
              with("path = \"/v1/items\"\nkey = \"items:list", "path = \"/v1/list\"\nkey = \"items:list"))
              .starts_with("10:1 resource.page: no resource answers /v1/items without a query parameter"));
}

TEST_CASE("the printed policy says which tables reach a resource by tag and how long L1 keeps it") {
    const auto text = weir::config::print_policy(configuration_of(listed("l1_ttl = \"0s\"\n[redis]\n")));
    INFO(text);
    CHECK(text.starts_with(
        "DATA  PATH             KEY                                  TTL          STALE  IN L1  NOT FOUND   "
        "INVALIDATED BY\n"
        "list  /v1/items        weir:v1:items:list:{locale}          5m + 0..30s  -      to 1m  not stored  "
        "items\n"
        "page  /v1/items?after  weir:v1:items:page:{locale}:{after}  2m + 0..12s  -      never  not stored  "
        "items by tag\n"));
    CHECK(
        text.find(
            "L1 holds at most 256MiB, an answer of at most 1MiB; a write waits for a node that hangs at most "
            "1s.\n") != std::string::npos);
    CHECK(
        weir::config::print_policy(configuration_of(good + "[l1]\nbytes_max = \"0\"\n")).find("L1 is off.") !=
        std::string::npos);
}

TEST_CASE("the printed policy asks about a resource that reads a table whose change does not reach it") {
    const auto text = [](const std::string& sql) {
        return weir::config::print_policy(configuration_of(good +
                                                           "[resource.count]\npath = \"/v1/count\"\n"
                                                           "key = \"count\"\nttl = \"1m\"\nsql = \"" +
                                                           sql + "\"\n"));
    };
    const std::string asked = "- count reads items, whose change names neither its key nor a tag of it";
    CHECK(text("select count(*) as n from public.items").find(asked) != std::string::npos);
    CHECK(text("select 1 as n from others o, items as i").find(asked) != std::string::npos);
    CHECK(text("select 1 as n from others join items using (id)").find(asked) != std::string::npos);
    CHECK(text("select 'from items' as n from others").find(asked) == std::string::npos);
    CHECK(text("select a is distinct from items as n from others").find(asked) == std::string::npos);
    CHECK(weir::config::print_policy(configuration_of(good)).find("whose change names neither") ==
          std::string::npos);
}

}  // namespace weir::groups_test
