#include "weir/cache/auditor.hpp"

#include "weir/base/log.hpp"
#include "weir/policy/same_rows.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir {
namespace {

constexpr std::array<const char*, 5> outcome_names{"fresh", "absent", "changing", "stale", "skipped"};
constexpr std::size_t candidates_max = 16;  // entries of L1 from which one is chosen

constexpr int rests_per_load = 9;  // loads take a tenth of the time, at most

bool is_same_body(const resource& what, std::string_view a, std::string_view b) {
    return a == b || (has_free_order(what.from) && have_same_rows(a, b));
}

bool differs(const resource& what, const entry& held, const std::optional<std::string>& loaded) {
    if (held.kind() == entry_kind::absence) return loaded.has_value();
    return !loaded || !is_same_body(what, *loaded, held.body());
}

bool differ(const resource& what, const load_result& a, const load_result& b) {
    if (!a.body || !b.body) return a.body.has_value() != b.body.has_value();
    return !is_same_body(what, *a.body, *b.body);
}

// Returns true for answers of the same load, even if they are two copies in memory.
bool is_same(const entry& a, const entry& b) {
    return a.kind() == b.kind() && a.load_start() == b.load_start() && a.etag() == b.etag() &&
           a.body() == b.body();
}

prometheus::Family<prometheus::Counter>& stale_observed_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_stale_observed_total")
        .Help(
            "Entries that a tier would still serve although the database has held another answer for "
            "a second or more: a defect, a table without its trigger, or one without a declared change")
        .Register(registry);
}

prometheus::Family<prometheus::Counter>& audits_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_audits_total")
        .Help(
            "Keys that were compared with the database, by outcome; recently invalidated ones and resident "
            "entries")
        .Register(registry);
}

}  // namespace

auditor::counters auditor::counters_of(prometheus::Family<prometheus::Counter>& audits, const char* of) {
    counters made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
        made[i] = &audits.Add({{"of", of}, {"outcome", outcome_names[i]}});
    }
    return made;
}

auditor::auditor(const boost::asio::any_io_executor& executor, auditor_options options, audited_parts parts,
                 auditor_calls calls, prometheus::Registry& registry)
    : pause_(executor),
      options_(options),
      parts_(parts),
      calls_(std::move(calls)),
      stale_(stale_observed_total(registry)),
      audits_(audits_total(registry)),
      recent_audits_(counters_of(audits_, "invalidated")),
      resident_audits_(counters_of(audits_, "resident")) {
    // Each series begins at zero, so that an alarm sees its first increase.
    const policy_ptr now = parts_.declared.current();
    for (const resource& r : now->resources) {
        if (!r.cached) continue;
        for (const char* tier : {"l1", "l2"}) stale_.Add({{"resource", r.name}, {"tier", tier}});
    }
}

// Takes recent and resident entries in turn, so that many writes leave time for what no write touches.
awaitable<void> auditor::run() {
    while (true) {
        bool goes_on = co_await pause_.wait(rest());
        if (!goes_on) co_return;
        co_await audit_recent();
        goes_on = co_await pause_.wait(rest());
        if (!goes_on) co_return;
        const auto outcome = co_await audit_resident();
        if (outcome) resident_audits_[static_cast<std::size_t>(*outcome)]->Increment();
    }
}

awaitable<void> auditor::audit_recent() {
    const auto now = unix_now();
    auto key = parts_.recent.take_sampled(now - options_.age_max, now - options_.age_min);
    if (!key) co_return;
    const auto outcome = co_await audit(std::move(*key));
    recent_audits_[static_cast<std::size_t>(outcome)]->Increment();
}

awaitable<audit_outcome> auditor::audit(std::string key) {
    auto about = subject_of(parts_.declared.current(), key);
    if (!about || !may_audit(*about->snapshot, *about->what)) co_return audit_outcome::skipped;
    co_return co_await compare(*std::move(about), milliseconds{0});
}

awaitable<std::optional<audit_outcome>> auditor::audit_resident() {
    auto about = next_resident();
    if (!about) co_return std::nullopt;
    const auto outcome = co_await compare(*std::move(about), options_.resident_age_min);
    co_return outcome;
}

// Looks and loads. If they differ, it pauses, and looks and loads again. What is found stale was stale from
// the first load to the second look at least: in that time neither the entry nor the database's answer
// changed. An invalidation or a fill in between would have left another entry, or none.
awaitable<audit_outcome> auditor::compare(subject about, milliseconds age_min) {
    const explanation before = co_await parts_.tiers.explain(*about.what, about.values);
    if (before.l2.what == tier_view::state::unreachable) co_return audit_outcome::skipped;
    holdings suspects = held_by(before);
    std::erase_if(suspects, [&](const holding& h) { return before.at - h.content->load_start() < age_min; });
    if (suspects.empty()) co_return audit_outcome::absent;

    const auto loaded = co_await load(about);
    if (!loaded) co_return audit_outcome::skipped;
    std::erase_if(suspects,
                  [&](const holding& h) { return !differs(*about.what, *h.content, loaded->body); });
    if (suspects.empty()) co_return audit_outcome::fresh;

    const bool goes_on = co_await pause_.wait(options_.patience);
    if (!goes_on) co_return audit_outcome::skipped;
    const explanation after = co_await parts_.tiers.explain(*about.what, about.values);
    const holdings still = held_by(after);
    std::erase_if(suspects, [&](const holding& h) {
        return std::none_of(still.begin(), still.end(), [&](const holding& s) {
            return s.tier == h.tier && is_same(*s.content, *h.content);
        });
    });
    if (suspects.empty()) co_return audit_outcome::changing;
    const auto loaded_again = co_await load(about);
    if (!loaded_again) co_return audit_outcome::skipped;
    if (differ(*about.what, *loaded, *loaded_again) || calls_.may_be_owed())
        co_return audit_outcome::changing;
    for (const holding& stale : suspects) report(about, stale);
    co_await repair(about);
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

std::optional<auditor::subject> auditor::subject_of(policy_ptr snapshot, std::string_view key) {
    auto parsed = parse_key(*snapshot, key);
    if (!parsed) return std::nullopt;
    return subject{std::move(snapshot), parsed->what, std::move(parsed->values), std::string{key}};
}

std::optional<auditor::subject> auditor::next_resident() {
    const policy_ptr snapshot = parts_.declared.current();
    const bool is_l1_first = ++turn_ % 2 == 0;
    auto found = is_l1_first ? resident_of_l1(snapshot) : resident_of_samples(snapshot);
    if (!found) found = is_l1_first ? resident_of_samples(snapshot) : resident_of_l1(snapshot);
    return found;
}

// Takes one of some entries: that of the resource whose last turn is longest ago. Otherwise a resource with
// few entries would hardly ever have one.
std::optional<auditor::subject> auditor::resident_of_l1(const policy_ptr& snapshot) {
    if (parts_.l1 == nullptr) return std::nullopt;
    std::optional<subject> oldest;
    const std::uint64_t random = (std::uint64_t{random_()} << 31U) ^ random_();
    for (const std::string& key : parts_.l1->sample(random, candidates_max, unix_now())) {
        auto one = subject_of(snapshot, key);
        if (!one || !may_audit(*snapshot, *one->what)) continue;
        if (!oldest || last_turn_[one->what->name] < last_turn_[oldest->what->name]) oldest = std::move(one);
    }
    if (oldest) last_turn_[oldest->what->name] = turn_;
    return oldest;
}

std::optional<auditor::subject> auditor::resident_of_samples(const policy_ptr& snapshot) {
    if (parts_.samples == nullptr) return std::nullopt;
    auto picked = parts_.samples->pick();
    if (!picked) return std::nullopt;
    const auto& all = snapshot->resources;
    const auto what = std::find_if(all.begin(), all.end(), [&](const resource& r) {
        return r.name == picked->resource && r.cached && r.parameters.size() == picked->values.size();
    });
    if (what == all.end() || !may_audit(*snapshot, *what)) return std::nullopt;
    std::string key = what->cached->key.render(snapshot->key_head(), picked->values);
    return subject{snapshot, &*what, std::move(picked->values), std::move(key)};
}

awaitable<result<load_result>> auditor::load(const subject& about) {
    if (calls_.is_busy()) co_return errc::overloaded;
    const auto began = steady_clock::now();
    auto loaded = co_await parts_.from.load(*about.what, about.values, deadline::in(options_.load_timeout));
    spent_ += steady_clock::now() - began;
    if (!loaded && loaded.error() == errc::timeout) note_slow(*about.what);
    co_return loaded;
}

// Returns how long to wait before the next audit.
milliseconds auditor::rest() {
    const auto spent = std::chrono::ceil<milliseconds>(std::exchange(spent_, {}));
    return std::max(options_.interval, rests_per_load * spent);
}

// Takes note that a load was given up. Its statement may run on, beside those of requests.
void auditor::note_slow(const resource& what) {
    spent_ += options_.runs_on;
    slow_[what.name] = steady_clock::now();
    log::info("audit_too_slow", {{"resource", what.name},
                                 {"timeout_ms", options_.load_timeout.count()},
                                 {"left_out_ms", options_.slow_gap.count()}});
}

bool auditor::is_slow(const resource& what) const {
    const auto last = slow_.find(what.name);
    return last != slow_.end() && steady_clock::now() - last->second < options_.slow_gap;
}

bool auditor::may_audit(const policy& p, const resource& what) const {
    return is_always_fresh(p, what) && !is_slow(what);
}

void auditor::report(const subject& about, const holding& stale) {
    stale_.Add({{"resource", about.what->name}, {"tier", std::string{stale.tier}}}).Increment();
    const auto age = unix_now() - stale.content->load_start();
    log::error(
        "stale_observed",
        {{"resource", about.what->name}, {"tier", stale.tier}, {"key", about.key}, {"age_ms", age.count()}});
}

awaitable<void> auditor::repair(const subject& about) {
    touched names{.keys = {about.key}, .tags = {}};
    const auto now = steady_clock::now();
    const auto [last, is_first] = repaired_.try_emplace(about.what->name, now);
    if (is_first || now - last->second >= options_.repair_gap) {
        last->second = now;
        names.tags.push_back(resource_tag(about.snapshot->key_head(), *about.what));
    }
    co_await calls_.invalidate(std::move(names));
}

}  // namespace weir
