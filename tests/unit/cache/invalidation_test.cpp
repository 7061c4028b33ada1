#include "weir/cache/invalidation.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"

#include <prometheus/registry.h>

#include <optional>

namespace weir {
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
        double total = 0;
        for (const auto& family : registry.Collect()) {
            if (family.name != metric) continue;
            for (const auto& one : family.metric) {
                if (one.label.back().value == label) total += one.counter.value;
            }
        }
        return total;
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

}  // namespace
}  // namespace weir
