// What every key_expansion does, told of a small catalogue: a category's name is shown in its products, and
// in the totals of the orders with a line of them.
#include "weir/adapters/postgres_key_expansion.hpp"
#include "weir/config/load.hpp"
#include "weir/schema/migration.hpp"

#include "support/catch.hpp"
#include "support/fake_key_expansion.hpp"
#include "support/run.hpp"
#include "support/servers.hpp"

#include <map>
#include <memory>
#include <set>

namespace weir::through_contract_test {

using test::private_postgres;
using names = std::vector<std::string>;

namespace {

const char* const file = R"(
[server]
[postgres]
url = "postgresql://weir@127.0.0.1/weir"
[resource.product]
path = "/products/{id}"
key = "products:item:{id}"
ttl = "1m"
sql = "select * from products join categories using (category) where id = {id}"
parameter.id = {}
[resource.total]
path = "/orders/{id}/total"
key = "totals:item:{id}"
ttl = "1m"
sql = "select 1 from lines join products on product = id where order_no = {id}"
parameter.id = {}
[change.lines]
bulk_rows = 3
keys = ["totals:item:{order_no}"]
[change.products]
bulk_rows = 3
keys = ["products:item:{id}"]
[[change.products.through]]
sql = "select order_no from lines where product = {id}"
keys = ["totals:item:{order_no}"]
[change.categories]
bulk_rows = 3
[[change.categories.through]]
sql = "select id from products where category = {category}"
keys = ["products:item:{id}"]
[[change.categories.through]]
sql = "select order_no from lines join products on product = id where category = {category}"
keys = ["totals:item:{order_no}"]
)";

policy declared() {
    auto loaded = config::parse(
        file, "catalogue.toml", [](const std::string&) { return std::nullopt; },
        config::admin_token::optional);
    const auto* problems = std::get_if<std::vector<config::problem>>(&loaded);
    if (problems != nullptr) {
        for (const auto& one : *problems) UNSCOPED_INFO(config::to_text(one));
    }
    REQUIRE(problems == nullptr);
    return std::get<config::configuration>(std::move(loaded)).policy;
}

class catalogue {
 public:
    virtual ~catalogue() = default;

    virtual key_expansion& through() = 0;
    virtual void put_product(const std::string& id, const std::string& category) = 0;
    virtual void put_line(const std::string& order, const std::string& product) = 0;
    virtual void settle_all() = 0;
    virtual void break_queries() = 0;

    const policy& what() const { return policy_; }

    // The names that a change of this row touches now.
    awaitable<result<touched>> names_of(std::string table, std::string column, std::string value) {
        const std::vector<outbox_row> rows{{1'000'000, {std::move(table), {{std::move(column), value}}}}};
        auto found = co_await through().expand(policy_, rows, deadline::in(seconds{5}));
        if (!found) co_return found.error();
        co_return touched_by(policy_, rows, std::move(*found));
    }

    // Those of them that are not the names of owed rows.
    awaitable<result<touched>> own_names_of(std::string table, std::string column, std::string value) {
        const std::vector<outbox_row> rows{{1'000'000, {std::move(table), {{std::move(column), value}}}}};
        const auto found = co_await through().expand(policy_, rows, deadline::in(seconds{5}));
        if (!found) co_return found.error();
        co_return touched_by_own(policy_, rows, *found);
    }

 protected:
    policy policy_ = declared();
};

class fake_catalogue final : public catalogue {
 public:
    key_expansion& through() override { return expansion_; }
    void put_product(const std::string& id, const std::string& category) override {
        record("products", "id", id);
        category_of_[id] = category;
    }
    void put_line(const std::string& order, const std::string& product) override {
        if (product_of_.contains(order)) record("lines", "order_no", order);
        record("lines", "order_no", order);
        product_of_[order] = product;
    }
    void settle_all() override {
        std::vector<std::int64_t> ids;
        for (const auto& row : db_.pending()) ids.push_back(row.id);
        boost::asio::io_context context;
        fake::write_store store{db_};
        REQUIRE(test::run(context, store.settle(ids, deadline::in(seconds{5}))).has_value());
    }
    void break_queries() override { expansion_.fail(errc::rejected); }

 private:
    void record(const std::string& table, const std::string& column, const std::string& value) {
        db_.change_behind({.row = {}, .changes = {}, .images = {{table, {{column, value}}}}});
    }

    std::vector<row_image> answers(const through_question& asked) const {
        std::set<std::string> found;
        const std::string wanted = asked.arguments.at(0).value();
        const bool is_of_products = asked.query->tables == names{"products"};
        for (const auto& [id, category] : category_of_) {
            if (is_of_products && category == wanted) found.insert(id);
        }
        for (const auto& [order, product] : product_of_) {
            const bool has_product =
                asked.of->table == "products" ? product == wanted : category_of_.at(product) == wanted;
            if (!is_of_products && has_product) found.insert(order);
        }
        std::vector<row_image> out;
        for (const auto& value : found) out.push_back({"", {{asked.query->columns[0].name, value}}});
        return out;
    }

    std::map<std::string, std::string> category_of_;
    std::map<std::string, std::string> product_of_;
    fake::database db_;
    fake::key_expansion expansion_{db_, [this](const through_question& asked) { return answers(asked); }};
};

class postgres_catalogue final : public catalogue {
 public:
    explicit postgres_catalogue(const boost::asio::any_io_executor& executor) : pool_(executor, options()) {
        server_.query(
            "create table categories (category text primary key, name text);"
            "create table products (id text primary key, category text);"
            "create table lines (order_no int primary key, product text);");
        server_.query("begin;" + migration_sql(policy_) + "commit");
    }

    key_expansion& through() override { return expansion_; }
    void put_product(const std::string& id, const std::string& category) override {
        server_.query("insert into products values ('" + id + "', '" + category +
                      "') on conflict (id) do update set category = excluded.category");
    }
    void put_line(const std::string& order, const std::string& product) override {
        server_.query("insert into lines values (" + order + ", '" + product +
                      "') on conflict (order_no) do update set product = excluded.product");
    }
    void settle_all() override { server_.query("update weir.outbox set settled_at = clock_timestamp()"); }
    void break_queries() override { server_.query("alter table products rename to goods"); }

 private:
    postgres::pool_options options() const {
        postgres::pool_options made;
        made.to = postgres::conninfo::parse(server_.url());
        return made;
    }

    private_postgres server_;
    postgres::pool pool_;
    postgres_consumer self_;
    postgres_key_expansion expansion_{pool_, self_};
};

// A role from which a policy hides rows that the migration's owner sees.
awaitable<error_code> error_of_a_restricted_role(private_postgres& server, const policy& p) {
    server.query(
        "create table categories (category text, name text); create table products (id text, category text);"
        "create table lines (order_no int, product text);");
    server.query("begin;" + migration_sql(p) + "commit");
    server.query(
        "create role reader login; grant usage on schema weir to reader; grant select on weir.outbox to "
        "reader;"
        "grant select on categories, products, lines to reader; alter table products enable row level "
        "security");
    postgres::pool_options options;
    std::string url = server.url();
    options.to = postgres::conninfo::parse(url.replace(url.find("postgres@"), 8, "reader"));
    postgres::pool pool{co_await boost::asio::this_coro::executor, options};
    const postgres_consumer self;
    postgres_key_expansion expansion{pool, self};
    const std::vector<outbox_row> rows{{1, {"categories", {{"category", "drinks"}}}}};
    const auto found = co_await expansion.expand(p, rows, deadline::in(seconds{5}));
    co_return found ? error_code{} : found.error();
}

using story = awaitable<void> (*)(catalogue&);

awaitable<void> told_of(std::string kind, story what) {
    const auto executor = co_await boost::asio::this_coro::executor;
    std::unique_ptr<catalogue> one;
    if (kind == "fake") {
        one = std::make_unique<fake_catalogue>();
    } else {
        one = std::make_unique<postgres_catalogue>(executor);
    }
    one->put_product("p1", "drinks");
    one->put_product("p2", "food");
    one->put_line("1", "p1");
    one->put_line("2", "p2");
    one->settle_all();
    co_await what(*one);
}

void tell(story what) {
    const auto* const kind = GENERATE("fake", "postgres");
    INFO(kind);
    boost::asio::io_context context;
    test::run(context, told_of(kind, what));
}

names product(const std::string& id) {
    return {"weir:v1:products:item:" + id};
}

// The names of products and of totals, as keys.
names keys(const names& products, const names& totals) {
    names out;
    for (const auto& id : products) out.push_back(product(id)[0]);
    for (const auto& id : totals) out.push_back("weir:v1:totals:item:" + id);
    return out;
}

awaitable<void> follows_joins(catalogue& shop) {
    auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(got.has_value());
    CHECK(got->keys == keys({"p1"}, {"1"}));
    CHECK(got->tags.empty());
    got = co_await shop.names_of("products", "id", "p2");
    REQUIRE(got.has_value());
    CHECK(got->keys == keys({"p2"}, {"2"}));
    got = co_await shop.names_of("categories", "category", "none");
    REQUIRE(got.has_value());
    CHECK(got->empty());
}

awaitable<void> includes_the_owed(catalogue& shop) {
    shop.put_product("p1", "food");  // an answer may still show it among the drinks
    auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(got.has_value());
    CHECK(got->keys == keys({"p1"}, {"1"}));
    shop.put_line("1", "p2");  // and now no query leads from p1 to the order
    got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(got.has_value());
    CHECK(got->keys == keys({"p1"}, {"1"}));
}

awaitable<void> tells_own_names_apart(catalogue& shop) {
    shop.put_product("p9", "drinks");
    shop.put_product("p1", "food");  // found by its owed row alone
    const auto all = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(all.has_value());
    CHECK(all->keys == keys({"p1", "p9"}, {"1"}));
    const auto own = co_await shop.own_names_of("categories", "category", "drinks");
    REQUIRE(own.has_value());
    CHECK(own->keys == keys({"p9"}, {}));
}

awaitable<void> leaves_out_the_delivered(catalogue& shop) {
    shop.put_product("p1", "food");
    shop.put_line("1", "p2");
    shop.settle_all();
    const auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(got.has_value());
    CHECK(got->empty());
}

awaitable<void> leaves_out_tables_that_no_query_reads(catalogue& shop) {
    shop.put_product("p9", "tools");
    const auto got = co_await shop.names_of("products", "id", "p1");
    REQUIRE(got.has_value());
    CHECK(got->keys == keys({"p1"}, {"1"}));
}

awaitable<void> forgets_whole_resources(catalogue& shop) {
    for (const auto* id : {"a", "b", "c"}) shop.put_product(id, "drinks");
    shop.settle_all();
    const auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(got.has_value());
    CHECK(got->tags == names{"weir:v1:all:product"});
    CHECK(got->keys == keys({}, {"1"}));
}

awaitable<void> refuses_many_owed_rows(catalogue& shop) {
    for (const auto* id : {"a", "b", "c", "d"}) shop.put_product(id, "tools");
    const auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == errc::overloaded);
    shop.settle_all();
    const auto later = co_await shop.names_of("categories", "category", "drinks");
    CHECK(later.has_value());
}

awaitable<void> counts_one_content_once(catalogue& shop) {
    for (int n = 0; n < 6; ++n) shop.put_product("a", n % 2 == 0 ? "tools" : "toys");
    shop.put_product("p1", "tools");
    const auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE(got.has_value());
    CHECK(got->keys == keys({"a", "p1"}, {"1"}));
}

awaitable<void> says_that_a_query_failed(catalogue& shop) {
    shop.break_queries();
    const auto got = co_await shop.names_of("categories", "category", "drinks");
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == errc::rejected);
}

}  // namespace

TEST_CASE("a changed row reaches keys over one join and over two") {
    tell(follows_joins);
}

TEST_CASE("what another writer has moved away is reached for as long as its own rows are owed") {
    tell(includes_the_owed);
}

TEST_CASE("the names that a changed row reaches are told from those of owed rows") {
    tell(tells_own_names_apart);
}

TEST_CASE("what was moved away and delivered is not reached") {
    tell(leaves_out_the_delivered);
}

TEST_CASE("owed rows of a table that no query reads are left to their own delivery") {
    tell(leaves_out_tables_that_no_query_reads);
}

TEST_CASE("a query with more answers than bulk_rows forgets its resources and no others") {
    tell(forgets_whole_resources);
}

TEST_CASE("more owed rows than bulk_rows are not expanded and the next question is answered again") {
    tell(refuses_many_owed_rows);
}

TEST_CASE("owed rows that say the same count as one") {
    tell(counts_one_content_once);
}

TEST_CASE("a query that fails is an error and not an empty answer") {
    tell(says_that_a_query_failed);
}

TEST_CASE("a policy on rows that hides some of them is an error and not an empty answer") {
    private_postgres server;
    boost::asio::io_context context;
    CHECK(test::run(context, error_of_a_restricted_role(server, declared())) == errc::rejected);
}

}  // namespace weir::through_contract_test
