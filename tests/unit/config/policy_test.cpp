// What a file in order becomes.
#include "weir/config/sql_template.hpp"
#include "weir/config/units.hpp"
#include "weir/policy/body.hpp"
#include "weir/policy/invalidation.hpp"

#include "checked.hpp"

namespace weir::policy_test {

using checked::configuration_of;
using checked::good;
using checked::select_of;
using checked::sql_of;
using checked::with_line;
using weir::milliseconds;

namespace {

std::string shipped_file() {
    return WEIR_SOURCE_DIR "/config/weir.toml";
}

weir::config::configuration shipped() {
    const checked::variables set{{"WEIR_ADMIN_TOKEN", "a token of sixteen"}};
    auto loaded = weir::config::load(shipped_file(), checked::environment_of(set));
    if (const auto* list = std::get_if<std::vector<weir::config::problem>>(&loaded)) {
        for (const auto& p : *list) UNSCOPED_INFO(weir::config::to_text(p));
        REQUIRE(list->empty());
    }
    return std::get<weir::config::configuration>(std::move(loaded));
}

template <class Declared>
const Declared& named(const std::vector<Declared>& all, std::string_view name) {
    for (const auto& one : all) {
        if (one.name == name) return one;
    }
    throw std::out_of_range(std::string{name});
}

std::vector<std::string> changed(const weir::policy& p, const std::string& table,
                                 std::vector<std::pair<std::string, std::optional<std::string>>> columns) {
    auto touched = weir::touched_by(p, {{1, {table, std::move(columns)}}});
    touched.keys.insert(touched.keys.end(), touched.tags.begin(), touched.tags.end());
    return touched.keys;
}

}  // namespace

TEST_CASE("a resource is read with its parameters and key and SQL") {
    const auto p = configuration_of(good).policy;
    REQUIRE(p.resources.size() == 1);
    const auto& r = p.resources[0];
    CHECK(r.name == "item");
    CHECK(r.path.text == "/v1/items/{id}");
    REQUIRE(r.parameters.size() == 1);
    CHECK(r.parameters[0].source == weir::parameter_source::path);
    CHECK(r.parameters[0].rule.length_max == 64);
    CHECK(r.cached->key.render(p.key_head(), std::vector<std::string>{"7"}) == "weir:v1:items:item:7");
    CHECK(select_of(r).name == "read_item");
    CHECK(select_of(r).sql == weir::json_object("select id, name from items where id = $1::text"));
    CHECK(select_of(r).values == std::vector<std::size_t>{0});
    CHECK(sql_of(r).rows == weir::row_shape::one);
    CHECK_FALSE(r.cached->max_age.has_value());
}

TEST_CASE("without a jitter a tenth of the TTL is taken and without a negative TTL absences are not stored") {
    const auto r = configuration_of(good).policy.resources[0];
    CHECK(r.cached->ttl.ttl == milliseconds{300'000});
    CHECK(r.cached->ttl.jitter == milliseconds{30'000});
    CHECK(r.cached->ttl.negative_ttl == milliseconds{0});
    CHECK(configuration_of(with_line(7, "jitter = \"0s\"")).policy.resources[0].cached->ttl.jitter ==
          milliseconds{0});
}

TEST_CASE(
    "a resource is refreshed early unless told otherwise and is never served stale unless declared so") {
    const auto plain = configuration_of(good).policy.resources[0];
    CHECK(plain.cached->ttl.early_refresh == 1);
    CHECK(plain.cached->ttl.stale_while_revalidate == milliseconds{0});
    CHECK(plain.cached->ttl.stale_if_error == milliseconds{0});
    CHECK(plain.cached->degraded_ttl == milliseconds{0});
    const auto declared = configuration_of(with_line(7,
                                                     "stale_while_revalidate = \"30s\"\n"
                                                     "stale_if_error = \"1h\"\n"
                                                     "early_refresh = 2.5\ndegraded_ttl = \"1s\"") +
                                           "[redis]\n")
                              .policy.resources[0];
    CHECK(declared.cached->ttl.stale_while_revalidate == milliseconds{30'000});
    CHECK(declared.cached->ttl.stale_if_error == milliseconds{3'600'000});
    CHECK(declared.cached->ttl.early_refresh == 2.5);
    CHECK(declared.cached->degraded_ttl == milliseconds{1000});
    CHECK(declared.cached->ttl.ttl == plain.cached->ttl.ttl);
    CHECK(configuration_of(with_line(7, "early_refresh = 0")).policy.resources[0].cached->ttl.early_refresh ==
          0);
}

TEST_CASE("a write takes its path parameters first and then its fields in the order of the file") {
    const auto p = configuration_of(good + R"([write.create_item]
method = "POST"
path = "/admin/v1/shops/{shop}/items"
success = 201
table = "items"
body.zeta = { required = true }
body.alpha = { type = "integer", null = true }
parameter.shop = {}
body.state = { default = "new" }
sql = "insert into items values ({alpha}, {zeta}, {shop}, {state}) returning id"
)")
                       .policy;
    REQUIRE(p.writes.size() == 2);
    const auto& w = p.writes[1];
    std::string names;
    for (const auto& parameter : w.parameters) names += parameter.name + " ";
    CHECK(names == "shop zeta alpha state ");
    CHECK(w.parameters[1].required);
    CHECK(w.parameters[2].rule.may_be_null);
    CHECK(w.parameters[3].default_value == "new");
    CHECK(w.statements.at(0).name == "write_create_item");
    CHECK(w.statements.at(0).values == std::vector<std::size_t>{2, 1, 0, 3});
    CHECK(w.statements.at(0).sql ==
          weir::json_returning(
              "insert into items values ($1::bigint, $2::text, $3::text, $4::text) returning id"));
    CHECK(w.success_status == 201);
}

TEST_CASE("query parameters have the order of the file and their defaults in normal form") {
    const auto p = configuration_of(R"([resource.list]
path = "/v1/list"
key = "list:{z}:{a}"
ttl = "1m"
rows = "many"
query.z = { type = "integer", default = 7, min = 1, max = 9 }
query.a = { default = " EN ", lower = true, one_of = ["en", "ID"] }
max_age = "10s"
s_maxage = "1m"
note = "a note"
sql = "select {a}::text, {z}::int"
)")
                       .policy;
    const auto& r = p.resources[0];
    REQUIRE(r.parameters.size() == 2);
    CHECK(r.parameters[0].name == "z");
    CHECK(r.parameters[0].default_value == "7");
    CHECK_FALSE(r.parameters[0].required);
    CHECK(r.parameters[1].default_value == "en");
    CHECK(r.parameters[1].rule.one_of == std::vector<std::string>{"en", "id"});
    CHECK(select_of(r).values == std::vector<std::size_t>{1, 0});
    CHECK(select_of(r).sql == weir::json_array("select $1::text::text, $2::bigint::int"));
    CHECK(r.cached->max_age == weir::seconds{10});
    CHECK(r.cached->s_maxage == weir::seconds{60});
    CHECK(r.note == "a note");
}

TEST_CASE("a query parameter without a default is required") {
    const auto p = configuration_of(
                       "[resource.x]\npath = \"/x\"\nkey = \"x:{q}\"\nttl = \"1s\"\nquery.q = {}\nsql = "
                       "\"select {q}::text\"\n")
                       .policy;
    CHECK(p.resources[0].parameters[0].required);
}

TEST_CASE("a private resource has no key and keeps its reason") {
    const auto p = configuration_of(
                       "[resource.me]\npath = \"/v1/me/{id}\"\nprivate = true\nreason = \"personal\"\n"
                       "parameter.id = {}\nsql = \"select {id}::text\"\n")
                       .policy;
    CHECK_FALSE(p.resources[0].cached.has_value());
    CHECK(p.resources[0].private_reason == "personal");
}

TEST_CASE("a column of a change inherits the rule of the parameter in its place") {
    const auto p = configuration_of(R"([resource.list]
path = "/v1/list"
key = "list:{locale}"
ttl = "1m"
query.locale = { lower = true, one_of = ["en", "id"] }
sql = "select {locale}::text"
[change.rows]
keys = ["list:{language}"]
)")
                       .policy;
    CHECK(p.changes[0].table == "rows");  // the change's own name when no table is given
    CHECK(changed(p, "rows", {{"language", "EN"}}) == std::vector<std::string>{"weir:v1:list:en"});
    CHECK(changed(p, "rows", {{"language", "fr"}}).empty());
}

TEST_CASE("a column that two resources read by different rules gives each its own key") {
    const auto p = configuration_of(R"([resource.a]
path = "/v1/a"
key = "a:{x}"
ttl = "1m"
query.x = { lower = true }
sql = "select {x}::text"
[resource.b]
path = "/v1/b"
key = "b:{x}"
ttl = "1m"
query.x = {}
sql = "select {x}::text"
[change.rows]
keys = ["a:{x}", "b:{x}"]
)")
                       .policy;
    CHECK(changed(p, "rows", {{"x", "EN"}}) == std::vector<std::string>{"weir:v1:a:en", "weir:v1:b:EN"});
}

TEST_CASE("the shipped file serves products and articles as documented") {
    const auto c = shipped();
    const auto& p = c.policy;
    const auto& products = named(p.resources, "products");
    CHECK(products.path.text == "/v1/products");
    CHECK(products.cached->key.render(p.key_head(), std::vector<std::string>{"en"}) ==
          "weir:v1:products:list:en");
    CHECK(products.cached->ttl.ttl == milliseconds{300'000});
    CHECK(products.cached->ttl.jitter == milliseconds{30'000});
    CHECK(sql_of(products).rows == weir::row_shape::many);
    const auto& product = named(p.resources, "product");
    CHECK(product.cached->key.render(p.key_head(), std::vector<std::string>{"p1"}) ==
          "weir:v1:products:item:p1");
    CHECK(product.cached->ttl.ttl == milliseconds{600'000});
    CHECK(product.cached->ttl.jitter == milliseconds{60'000});
    CHECK(product.cached->ttl.negative_ttl == milliseconds{30'000});
    CHECK(named(p.resources, "article").cached->ttl.ttl == milliseconds{600'000});
    CHECK(named(p.resources, "articles").path.text == "/v1/articles");
    CHECK(named(p.writes, "create_product").success_status == 201);
    CHECK(named(p.writes, "delete_product").method == weir::route_method::del);
    CHECK(c.settings.redis.has_value());
}

TEST_CASE("the shipped pages are a resource of their own on the path of the list") {
    const auto p = shipped().policy;
    const auto& page = named(p.resources, "products_page");
    CHECK(page.path.text == "/v1/products");
    CHECK(page.when == std::vector<std::string>{"after", "limit"});
    CHECK(page.cached->ttl.ttl == milliseconds{120'000});
    CHECK(sql_of(page).rows == weir::row_shape::one);
    CHECK(page.parameters[1].rule.max == 100);
    CHECK(page.parameters[1].default_value == "20");
    CHECK(weir::tags_of(p.key_head(), page, {"en", "20", "p1"}).back() == "weir:v1:tag:products:pages:en");
}

TEST_CASE("in the shipped file a draft is never content") {
    const auto p = shipped().policy;
    for (const char* name : {"article", "articles"}) {
        CHECK(select_of(named(p.resources, name)).sql.find("status = 'published'") != std::string::npos);
    }
}

TEST_CASE("in the shipped file a changed row touches its item and its list and all pages of its locale") {
    const auto p = shipped().policy;
    CHECK(changed(p, "products", {{"id", "p1"}, {"locale", "en"}}) ==
          std::vector<std::string>{"weir:v1:products:item:p1", "weir:v1:products:list:en",
                                   "weir:v1:tag:products:pages:en"});
    CHECK(changed(p, "articles", {{"slug", "a"}, {"locale", "id"}}) ==
          std::vector<std::string>{"weir:v1:articles:item:a", "weir:v1:articles:list:id"});
}

TEST_CASE("the shipped writes take the documented bodies") {
    const auto p = shipped().policy;
    const std::vector<std::string> p1{"p1"};
    CHECK(weir::read_body(named(p.writes, "update_product"), p1, R"({"price_cents":1299})").problems.empty());
    CHECK(weir::read_body(named(p.writes, "edit_article"), p1, R"({"status":"published","slug":"new"})")
              .problems.empty());
    CHECK(weir::read_body(named(p.writes, "update_product"), p1, R"({"price_cents":"12","x":1})")
              .problems.size() == 2);
    CHECK(weir::read_body(named(p.writes, "create_article"), {}, R"({"slug":"a","locale":"en","title":"A"})")
              .problems.empty());
}

TEST_CASE("the documented environment variables configure the shipped file") {
    const checked::variables set{{"WEIR_LISTEN", "0.0.0.0:1"},
                                 {"WEIR_ADMIN_LISTEN", "0.0.0.0:2"},
                                 {"WEIR_REDIS_URL", "redis://r:3/4"},
                                 {"WEIR_POSTGRES_URL", "postgresql://p/5"},
                                 {"WEIR_WORKERS", "6"},
                                 {"WEIR_ADMIN_TOKEN", "0123456789abcdef"}};
    const auto loaded = weir::config::load(shipped_file(), checked::environment_of(set));
    const auto& s = std::get<weir::config::configuration>(loaded).settings;
    CHECK(s.listen == weir::config::endpoint{"0.0.0.0", 1});
    CHECK(s.admin_listen == weir::config::endpoint{"0.0.0.0", 2});
    CHECK(s.redis->url == "redis://r:3/4");
    CHECK(s.postgres.url == "postgresql://p/5");
    CHECK(s.workers == 6);
    CHECK(s.admin_token == "0123456789abcdef");
}

TEST_CASE("the shipped policy is printed as an aligned table") {
    const auto text = weir::config::print_policy(shipped());
    INFO(text);
    CHECK(text.starts_with("DATA           PATH                      KEY"));
    CHECK(text.find("\nproducts       /v1/products              weir:v1:products:list:{locale} ") !=
          std::string::npos);
    CHECK(text.find(
              "\nproducts_page  /v1/products?after|limit  weir:v1:products:page:{locale}:{limit}:{after}") !=
          std::string::npos);
    CHECK(text.find("is that meant?") == std::string::npos);
    CHECK(text.find("edit_article    POST /admin/v1/articles/{current_slug}") != std::string::npos);
    CHECK(text.find("Next: weir migrate") != std::string::npos);
}

TEST_CASE("the printed policy says what is excluded and what nothing invalidates and what copies cost") {
    const auto text = weir::config::print_policy(configuration_of(R"([resource.stats]
path = "/v1/stats"
key = "stats"
ttl = "30s"
max_age = "10s"
s_maxage = "20s"
stale_while_revalidate = "7s"
stale_if_error = "1h"
degraded_ttl = "2s"
note = "refreshed by the hour"
sql = "select 1 as one"
[resource.me]
path = "/v1/me"
private = true
reason = "it is about one person"
sql = "select 1 as one"
[redis]
)"));
    INFO(text);
    CHECK(text.find("30s + 0..3s  7s refreshing, 1h on error") != std::string::npos);
    CHECK(text.find(
              "- stats can be 2s old on a node that cannot reach Redis, whatever was written meanwhile.") !=
          std::string::npos);
    CHECK(text.find("nothing: by TTL only") != std::string::npos);
    CHECK(text.find("- stats can be old for 40s: no change names its key, or a tag of it.") !=
          std::string::npos);
    CHECK(text.find("- stats lets browsers keep copies for 10s, which no invalidation reaches.") !=
          std::string::npos);
    CHECK(text.find("- stats lets CDNs keep copies for 20s") != std::string::npos);
    CHECK(text.find("- stats: refreshed by the hour") != std::string::npos);
    CHECK(text.find("- me is excluded: it is about one person") != std::string::npos);
}

TEST_CASE("the printed policy of a single node says that it has no L2") {
    CHECK(weir::config::print_policy(configuration_of(good)).find("single node without L2") !=
          std::string::npos);
}

TEST_CASE("the printed policy counts one thing in the singular") {
    CHECK(weir::config::print_policy(configuration_of(good))
              .find("No problems: 1 resource, 1 change, 1 write; ") != std::string::npos);
    CHECK(weir::config::count_text(2, "write") == "2 writes");
    CHECK(weir::config::count_text(0, "write") == "0 writes");
}

TEST_CASE("the printed policy shows no secret") {
    const auto c =
        configuration_of(good +
                         "[admin]\ntoken = \"hunter2hunter2hunter2\"\n[redis]\nurl = "
                         "\"redis://:hunter2@r\"\n[postgres]\nurl = \"postgresql://u:hunter2@h/d\"\n");
    CHECK(weir::config::print_policy(c).find("hunter2") == std::string::npos);
}

}  // namespace weir::policy_test
