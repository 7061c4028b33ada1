// What the auditor's tests are about: the shop's item p1 in two tiers and in the database.
#pragma once

#include "weir/cache/auditor.hpp"
#include "weir/policy/body.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/fake_database.hpp"
#include "support/fake_l2.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <vector>

namespace weir {

inline const std::string key = test::item_key;
inline const std::string tag = "weir:v1:all:product";

// The fake database's, and does something after each load: what another node or writer does meanwhile.
class interrupted_loader final : public loader {
 public:
    explicit interrupted_loader(fake::database& db) : from_(db) {}

    awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values,
                                        context within) override {
        auto loaded = co_await from_.load(what, values, within);
        ++loads;
        if (after) after();
        co_return loaded;
    }

    int loads = 0;
    std::function<void()> after;

 private:
    fake::loader from_;
};

struct auditor_world {
    auditor_world() {
        db.put("product", {"p1"}, "new");
        redis.put(tag, "a1", seconds{60});
        node.trust_always();
    }

    static entry_parts made(std::string body, milliseconds age = milliseconds{0}) {
        entry_parts e =
            make_entry({.ttl = seconds{60}}, std::move(body), unix_now() - age, microseconds{5}, 0);
        e.tag_versions = {"a1"};
        return e;
    }

    void put_l2(const entry_parts& e) { redis.put(key, encode(e), seconds{60}); }
    void put_l1(const entry_parts& e) {
        REQUIRE(
            memory.insert(key, e, {}, node.take(key, std::vector{tag}), e.soft_expiry, steady_clock::now()));
    }

    audit_outcome audit(const std::string& what = key) { return test::run(context, watch.audit(what)); }

    std::optional<audit_outcome> audit_resident() { return test::run(context, watch.audit_resident()); }
    awaitable<void> note_invalidated(touched names) {
        invalidated.push_back(std::move(names));
        co_return;
    }

    double stale(const std::string& tier) { return counted("weir_stale_observed_total", tier); }
    double counted(const std::string& metric, const std::string& label) const {
        return test::counted(registry, metric, label);
    }

    boost::asio::io_context context;
    policy declared = test::shop_policy();
    policy_handle policies{test::borrowed(declared)};
    prometheus::Registry registry;
    coherence node;
    l1 memory{{.bytes_max = 1U << 20U, .entry_bytes_max = 1U << 16U}, node};
    fake::l2 redis;
    fake::l2_store l2{redis};
    fake::database db;
    interrupted_loader from{db};
    recent_invalidations recent;
    bool is_busy = false;
    tier_explainer tiers{declared.key_head(), node, &memory, &l2, recent, seconds{1}};
    read_samples samples{declared, milliseconds{0}};
    bool is_owed = false;
    std::vector<touched> invalidated;
    auditor watch{context.get_executor(),
                  {.interval = milliseconds{1},
                   .patience = milliseconds{1},
                   .age_min = milliseconds{0},
                   .resident_age_min = milliseconds{1000}},
                  {policies, recent, &memory, &samples, tiers, from},
                  {.is_busy = [this] { return is_busy; },
                   .may_be_owed = [this] { return is_owed; },
                   .invalidate = [this](touched names) { return note_invalidated(std::move(names)); }},
                  registry};
};

}  // namespace weir
