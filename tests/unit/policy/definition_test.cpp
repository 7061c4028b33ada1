// What makes a stored answer one of another definition.
#include "weir/policy/definition.hpp"

#include "support/catch.hpp"
#include "support/shop.hpp"

namespace weir::definition_test {
namespace {

policy shop() {
    policy p = test::shop_policy();
    std::get<sql_load>(p.resources[0].from).select = {
        .name = "s", .sql = "select $1", .values = {0}, .untyped_sql = {}};
    return p;
}

// The definition of the item after something was done to the policy.
template <class Edit>
std::uint64_t after(Edit edit) {
    policy p = shop();
    edit(p);
    return definition_of(p, p.resources[0]);
}

const std::uint64_t before = after([](policy&) {});

TEST_CASE("the same declaration has the same definition in another process too") {
    CHECK(before == after([](policy&) {}));
    CHECK(before != 0);
}

TEST_CASE("another SQL is another definition") {
    const auto select = [](policy& p) -> statement& {
        return std::get<sql_load>(p.resources[0].from).select;
    };
    CHECK(before != after([&](policy& p) { select(p).sql = "select $1 || ''"; }));
    CHECK(before != after([&](policy& p) { select(p).values = {0, 0}; }));
    CHECK(before != after([](policy& p) { std::get<sql_load>(p.resources[0].from).rows = row_shape::many; }));
    CHECK(before == after([&](policy& p) { select(p).name = "another name of the prepared statement"; }));
}

TEST_CASE("another change that reaches the resource is another definition") {
    CHECK(before != after([](policy& p) { p.changes.clear(); }));
    CHECK(before != after([](policy& p) { p.changes[0].table = "shop.products"; }));
    CHECK(before != after([](policy& p) { p.changes[0].columns[0].rule.folded = true; }));
    CHECK(before != after([](policy& p) { p.changes[0].columns[0].rule.type = value_type::integer; }));
    CHECK(before != after([](policy& p) {
              p.changes[0].columns[0].name = "sku";
              p.changes[0].keys[0] = test::template_of("products:item:{sku}", {"sku", "locale"});
          }));
    CHECK(before != after([](policy& p) {
              change offers = p.changes[0];
              offers.table = "offers";
              p.changes.push_back(offers);
          }));
}

TEST_CASE("another query through which a change reaches the resource is another definition") {
    const auto through = [](std::string sql) {
        return after([&](policy& p) {
            through_query query;
            query.columns = {{.name = "product_id", .rule = {}}};
            query.keys = {test::template_of("products:item:{product_id}", {"product_id"})};
            query.select = {.name = "q", .sql = std::move(sql), .values = {0}, .untyped_sql = {}};
            p.changes[0].through.push_back(query);
        });
    };
    CHECK(before != through("select $1"));
    CHECK(through("select $1") == through("select $1"));
    CHECK(through("select $1") != through("select $1 || ''"));
}

TEST_CASE("what does not reach the resource leaves its definition alone and so do times") {
    CHECK(before == after([](policy& p) {
              change other;
              other.table = "articles";
              other.columns = {{.name = "id", .rule = {}}};
              other.keys = {test::template_of("articles:item:{id}", {"id"})};
              p.changes.push_back(other);
          }));
    CHECK(before == after([](policy& p) { p.resources[0].cached->ttl.ttl = seconds{1}; }));
    CHECK(before == after([](policy& p) { p.changes[0].bulk_rows = 7; }));
    CHECK(before == after([](policy& p) { p.resources[1].name = "another list"; }));
}

}  // namespace

}  // namespace weir::definition_test
