#include "weir/cache/invalidation.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"

#include <prometheus/registry.h>

#include <optional>

namespace weir::cache_invalidation_test {
namespace {

using names = std::vector<std::string>;

// Notes that it ran, and fails when told to.
class noted_step final : public invalidation_step {
 public:
    noted_step(std::string_view name, names& ran) : name_(name), ran_(ran) {}

    std::string_view name() const override { return name_; }
    awaitable<result<void>> run(const touched& what, context within) override {
        ran_.emplace_back(name_);
        last = what.keys;
        until = within.until;
        if (failure) co_return *failure;
        co_return result<void>{};
    }

    std::optional<errc> failure;
    names last;
    std::optional<deadline> until;

 private:
    std::string_view name_;
    names& ran_;
};

struct world {
    invalidation_outcome run(const touched& what, context within = context::without_end()) {
        return test::run(executor, follows.run(what, within));
    }
    double counted(const std::string& metric, const std::string& label) const {
        return test::counted(registry, metric, label);
    }

    boost::asio::io_context executor;
    policy declared = test::shop_policy();
    policy_handle policies{test::borrowed(declared)};
    prometheus::Registry registry;
    names ran;
    noted_step first{"l2", ran};
    noted_step second{"fleet", ran};
    noted_step local{"local", ran};
    invalidation follows{policies, {&first, &second}, local, registry};
    const touched one_key{{test::item_key}, {}};
};

TEST_CASE("the steps of an invalidation run in order with the same names") {
    world w;
    CHECK(w.run(w.one_key).is_complete());
    CHECK(w.ran == names{"l2", "fleet"});
    CHECK(w.second.last == w.one_key.keys);
    CHECK(w.counted("weir_invalidated_keys_total", "deleted") == 1);
    CHECK(w.counted("weir_invalidation_step_failures_total", "l2") == 0);
}

TEST_CASE("a step that fails leaves the rest undone and is named and this node forgets at once") {
    world w;
    w.first.failure = errc::unavailable;
    const auto outcome = w.run(w.one_key);
    CHECK_FALSE(outcome.is_complete());
    CHECK(outcome.failed_step == "l2");
    CHECK(outcome.why == errc::unavailable);
    CHECK(w.ran == names{"l2", "local"});
    CHECK(w.local.last == w.one_key.keys);
    CHECK(w.counted("weir_invalidated_keys_total", "failed") == 1);
    CHECK(w.counted("weir_invalidation_step_failures_total", "l2") == 1);
    CHECK(w.counted("weir_invalidation_step_failures_total", "fleet") == 0);
}

TEST_CASE("an invalidation that failed is repeated from the first step") {
    world w;
    w.second.failure = errc::timeout;
    CHECK(w.run(w.one_key).failed_step == "fleet");
    w.second.failure.reset();
    w.ran.clear();
    CHECK(w.run(w.one_key).is_complete());
    CHECK(w.ran == names{"l2", "fleet"});
}

TEST_CASE("no step begins after the deadline and each has the deadline of the whole") {
    world w;
    const auto soon = deadline::in(seconds{20});
    CHECK(w.run(w.one_key, soon).is_complete());
    CHECK(w.second.until->at() == soon.at());
    w.ran.clear();
    const auto late = w.run(w.one_key, deadline::in(milliseconds{-1}));
    CHECK(late.why == errc::timeout);
    CHECK(late.failed_step == "l2");
    CHECK(w.ran == names{"local"});
}

TEST_CASE("an invalidation of nothing runs no step") {
    world w;
    CHECK(w.run({}).is_complete());
    CHECK(w.ran.empty());
}

// Answers as told, and counts.
class told_expansion final : public key_expansion {
 public:
    awaitable<result<through_found>> expand(const policy& /*p*/, const std::vector<outbox_row>& /*rows*/,
                                            context within) override {
        asked += 1;
        until = within.until;
        if (failure) co_return *failure;
        co_return found;
    }

    std::size_t asked = 0;
    std::optional<deadline> until;
    std::optional<errc> failure;
    through_found found;
};

// The shop's products, of which a category's change finds some through a query.
struct world_with_categories : world {
    world_with_categories() {
        change categories;
        categories.table = "categories";
        through_query query;
        query.columns = {{.name = "id", .rule = {}}};
        query.keys = {test::template_of("products:item:{id}", {"id"})};
        query.tables = {"products"};
        categories.through = {query};
        declared.changes.push_back(categories);
    }
    touched_names both_of(const std::string& table) {
        return test::run(executor, asking.touched_by({{1, {table, {{"id", "p1"}, {"locale", "en"}}}}}));
    }
    touched names_of(const std::string& table) { return both_of(table).all; }

    told_expansion expansion;
    prometheus::Registry other;
    invalidation asking{policies, {&first}, local, other, &expansion};
};

TEST_CASE("the database is asked only for a change that has a query") {
    world_with_categories w;
    CHECK(w.names_of("products").keys.size() == 2);
    CHECK(w.expansion.asked == 0);
    const change& categories = w.declared.changes[1];
    w.expansion.found.owed = {{2, {"products", {{"id", "moved"}, {"locale", std::nullopt}}}}};
    w.expansion.found.answers = {{&categories, &categories.through[0], {{"categories", {{"id", "found"}}}}}};
    CHECK(w.names_of("categories").keys ==
          names{"weir:v1:products:item:found", "weir:v1:products:item:moved"});
    CHECK(w.expansion.asked == 1);
    CHECK(w.expansion.until->left() <= seconds{1});
}

TEST_CASE("the names of owed rows are told from those of a write itself") {
    world_with_categories w;
    const change& categories = w.declared.changes[1];
    w.expansion.found.answers = {
        {&categories, &categories.through[0], {{"categories", {{"id", "found"}}}}},
        {&categories, &categories.through[0], {{"categories", {{"id", "of_owed"}}}}, false, false}};
    w.expansion.found.owed = {{2, {"products", {{"id", "moved"}, {"locale", std::nullopt}}}}};
    const auto both = w.both_of("categories");
    CHECK(both.all.keys == names{"weir:v1:products:item:found", "weir:v1:products:item:moved",
                                 "weir:v1:products:item:of_owed"});
    REQUIRE(both.own.has_value());
    CHECK(both.own->keys == names{"weir:v1:products:item:found"});
}

TEST_CASE("a query without an answer forgets its resources as a whole and is counted") {
    world_with_categories w;
    for (const auto why : {errc::rejected, errc::timeout, errc::unavailable, errc::overloaded}) {
        w.expansion.failure = why;
        const auto got = w.names_of("categories");
        CHECK(got.keys.empty());
        CHECK(got.tags == names{"weir:v1:all:product"});
    }
    double whole = 0;
    for (const auto& family : w.other.Collect()) {
        if (family.name != "weir_through_expansions_total") continue;
        for (const auto& one : family.metric) whole += one.label[0].value == "whole" ? one.counter.value : 0;
    }
    CHECK(whole == 4);
}

}  // namespace

}  // namespace weir::cache_invalidation_test
