#include "weir/cache/auditor.hpp"

#include "weir/base/log.hpp"
#include "weir/policy/parsed_key.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

constexpr std::array<const char*, 5> outcome_names{"fresh", "absent", "changing", "stale", "skipped"};

bool differs(const entry& held, const std::optional<std::string>& loaded) {
    if (held.kind() == entry_kind::absence) return loaded.has_value();
    return !loaded || *loaded != held.body();
}

// Returns true for answers of the same load, even if they are two copies in memory.
bool is_same(const entry& a, const entry& b) {
    return a.kind() == b.kind() && a.load_start() == b.load_start() && a.etag() == b.etag() &&
           a.body() == b.body();
}

}  // namespace

auditor::auditor(const boost::asio::any_io_executor& executor, auditor_options options,
                 const policy_handle& declared, recent_invalidations& recent, explainer& tiers, loader& from,
                 std::function<bool()> is_busy, prometheus::Registry& registry)
    : pause_(executor),
      options_(options),
      policy_(declared),
      recent_(recent),
      tiers_(tiers),
      loader_(from),
      is_busy_(std::move(is_busy)),
      stale_(
          prometheus::BuildCounter()
              .Name("weir_stale_observed_total")
              .Help("Entries that a tier would still serve although the database has held another answer for "
                    "a second or more: a defect, or a table without a declared change")
              .Register(registry)),
      audits_{} {
    auto& audits = prometheus::BuildCounter()
                       .Name("weir_audits_total")
                       .Help("Recently invalidated keys that were compared with the database, by outcome")
                       .Register(registry);
    for (std::size_t i = 0; i < audits_.size(); ++i)
        audits_[i] = &audits.Add({{"outcome", outcome_names[i]}});
    // Each series begins at zero, so that an alarm sees its first increase.
    const policy_ptr now = policy_.current();
    for (const resource& r : now->resources) {
        if (!r.cached) continue;
        for (const char* tier : {"l1", "l2"}) stale_.Add({{"resource", r.name}, {"tier", tier}});
    }
}

awaitable<void> auditor::run() {
    while (true) {
        const bool goes_on = co_await pause_.wait(options_.interval);
        if (!goes_on) co_return;
        const auto now = unix_now();
        auto key = recent_.take_sampled(now - options_.age_max, now - options_.age_min);
        if (!key) continue;
        const auto outcome = co_await audit(std::move(*key));
        audits_[static_cast<std::size_t>(outcome)]->Increment();
    }
}

// Looks and loads. If they differ, it pauses, and looks and loads again. What is found stale was stale from
// the first load to the second look at least: in that time neither the entry nor the database's answer
// changed.
awaitable<audit_outcome> auditor::audit(std::string key) {
    const policy_ptr snapshot = policy_.current();
    const auto parsed = parse_key(*snapshot, key);
    if (!parsed) co_return audit_outcome::skipped;
    const explanation before = co_await tiers_.explain(*parsed->what, parsed->values);
    if (before.l2.what == tier_view::state::unreachable) co_return audit_outcome::skipped;
    holdings suspects = held_by(before);
    if (suspects.empty()) co_return audit_outcome::absent;

    const auto loaded = co_await load(*parsed->what, parsed->values);
    if (!loaded) co_return audit_outcome::skipped;
    std::erase_if(suspects, [&](const holding& h) { return !differs(*h.content, loaded->body); });
    if (suspects.empty()) co_return audit_outcome::fresh;

    const bool goes_on = co_await pause_.wait(options_.interval);
    if (!goes_on) co_return audit_outcome::skipped;
    const explanation after = co_await tiers_.explain(*parsed->what, parsed->values);
    const holdings still = held_by(after);
    std::erase_if(suspects, [&](const holding& h) {
        return std::none_of(still.begin(), still.end(), [&](const holding& s) {
            return s.tier == h.tier && is_same(*s.content, *h.content);
        });
    });
    if (suspects.empty()) co_return audit_outcome::changing;
    const auto loaded_again = co_await load(*parsed->what, parsed->values);
    if (!loaded_again) co_return audit_outcome::skipped;
    if (loaded_again->body != loaded->body) co_return audit_outcome::changing;
    for (const holding& stale : suspects) report(*parsed->what, key, stale);
    co_return audit_outcome::stale;
}

// Returns what each tier would serve now. An entry of L2 counts even where this node's L1 has one: the other
// nodes would ask L2.
auditor::holdings auditor::held_by(const explanation& now) {
    holdings held;
    if (now.l1.content && now.is_l1_trusted) held.push_back({"l1", now.l1.content});
    const bool is_usable_in_l2 = now.l2.what == tier_view::state::present && now.l2.are_tags_valid &&
                                 judge(*now.l2.content, now.at) != freshness::expired;
    if (is_usable_in_l2) held.push_back({"l2", now.l2.content});
    return held;
}

awaitable<result<load_result>> auditor::load(const resource& what, const std::vector<std::string>& values) {
    if (is_busy_()) co_return errc::overloaded;
    co_return co_await loader_.load(what, values, deadline::in(options_.load_timeout));
}

void auditor::report(const resource& what, const std::string& key, const holding& stale) {
    stale_.Add({{"resource", what.name}, {"tier", std::string{stale.tier}}}).Increment();
    const auto age = unix_now() - stale.content->load_start();
    log::error("stale_observed",
               {{"resource", what.name}, {"tier", stale.tier}, {"key", key}, {"age_ms", age.count()}});
}

}  // namespace weir
