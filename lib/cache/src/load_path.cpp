#include "weir/cache/load_path.hpp"

#include "weir/async/task.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"
#include "weir/policy/shown_key.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

using source = provenance::source;

bool are_complete(const load_path::versions& tags) {
    return std::none_of(tags.begin(), tags.end(), [](const auto& v) { return v.empty(); });
}

// Counts bytes that are no entry of this version. decode() left them where they are. After an update the
// entries of the version before it are no reason for a warning.
void note_undecodable(const flight_plan& about, const std::string& stored) {
    if (is_of_other_version(stored)) {
        about.counts.superseded->Increment();
        return;
    }
    about.counts.corrupt->Increment();
    log::warn("corrupt_entry",
              {{"resource", about.what->name}, {"key", about.key()}, {"bytes", stored.size()}});
}

// Returns the entry in `stored` if it may be served; then it has the bytes. Otherwise they stay where they
// are.
std::optional<entry_parts> usable(const flight_plan& about, std::string& stored,
                                  const load_path::versions& tags) {
    auto decoded = decode(std::move(stored));
    if (!decoded) {
        note_undecodable(about, stored);  // NOLINT(bugprone-use-after-move)
        return std::nullopt;
    }
    const bool is_as_declared = decoded->definition == about.cached().definition;
    if (!is_as_declared) about.counts.superseded->Increment();
    // A version that is missing matches nothing, not even an entry that claims to have been made without one.
    const bool is_valid = is_as_declared && are_complete(tags) && decoded->tag_versions == tags;
    if (is_valid && judge(*decoded, unix_now()) != freshness::expired) return std::move(*decoded);
    stored = std::move(decoded->text);
    return std::nullopt;
}

// Returns whether what was loaded may be stored under the key that was asked for. If its row gives another
// key, no change would ever forget it here. Logged once for each resource: every request would repeat it.
bool belongs_under_key(const flight_plan& about, const entry_parts& made) {
    if (may_give_key(about.cached().key_columns, about.values, made.body())) return true;
    auto& mismatches = *about.counts.key_mismatches;
    if (mismatches.Value() == 0) {
        log::warn("key_mismatch",
                  {{"resource", about.what->name},
                   {"key", about.key()},
                   {"what", "the row that was loaded gives another key; it is answered and not stored"},
                   {"todo",
                    "compare the key's columns with = alone; or say shows_key = false if the members that "
                    "are named like them are other values"}});
    }
    mismatches.Increment();
    return false;
}

}  // namespace

load_path::load_path(boost::asio::any_io_executor executor, read_options options, read_tiers& shared,
                     l2_store* l2, loader& from)
    : executor_(std::move(executor)), options_(options), tiers_(shared), l2_(l2), loader_(from) {}

// Looks once into L2. Deletes what is there and may not be served, unless it was replaced meanwhile. Without
// a registration in the outbox L2 counts as away: others may acknowledge writes that it has not been told of.
awaitable<result<load_path::sighting>> load_path::look(const flight_plan& about) {
    if (!tiers_.coherence.is_registered(steady_clock::now())) co_return errc::unavailable;
    auto found = co_await l2_->get(about.key(), about.own.tags(), deadline::in(options_.l2_timeout));
    if (!found) {
        about.counts.l2_failures->Increment();
        co_return found.error();
    }
    sighting seen;
    for (auto& version : found->tag_versions) {
        seen.tags.push_back(version ? std::move(*version) : std::string{});
    }
    if (!found->value) co_return seen;
    seen.content = usable(about, *found->value, seen.tags);
    if (seen.content) {
        seen.mark = mark_of(seen.content->text);
    } else {
        co_await l2_->discard(about.key(), *found->value, deadline::in(options_.l2_timeout));
    }
    co_return seen;
}

// Loads if this flight gets the lease. Otherwise it waits for the flight that has it, here or on another
// node.
awaitable<result<answer>> load_path::load_under_lease(const flight_plan& about, sighting seen,
                                                      deadline ask_until) {
    const auto is_fresh = [&](const entry_parts& e) {
        return serving_of(e, about.cached().ttl, unix_now()) == serving::fresh;
    };
    auto leased = co_await acquire_lease(about, std::move(seen), ask_until, is_fresh);
    if (!leased) co_return co_await load_without_storing(about, true);
    if (leased->found) {
        auto content = keep(about, *leased->found).content;
        co_return answer{std::move(content), {.from = source::miss, .is_collapsed = true}};
    }
    if (leased->token.empty()) co_return co_await load_unless_stale(about);
    co_return co_await load_and_fill(about, *std::move(leased));
}

// Asks for the lease again and again, until it is granted, another flight has stored what is wanted, or the
// wait runs out. Exactly one flight in the fleet gets it and loads. Each request for it looks at the value in
// the same step, so a fill between two looks is not missed.
//
// An error means that L2 cannot be asked, or answers so slowly that asking it costs the request more than
// doing without.
awaitable<result<load_path::lease>> load_path::acquire_lease(const flight_plan& about, sighting seen,
                                                             deadline ask_until, is_wanted wanted) {
    const std::string token = random_token();
    const auto give_up = deadline::in(options_.lease_wait);
    std::optional<wait_pace::waiter> waiting;
    while (true) {
        result<void> ensured;
        if (!are_complete(seen.tags)) ensured = co_await ensure_tag_versions(about, seen.tags);
        if (!ensured) co_return ensured.error();
        if (!waiting && ask_until.passed()) co_return errc::timeout;
        const auto reply = co_await ask_for_lease(about, seen.mark, token);
        if (!reply) co_return reply.error();
        if (reply->what == lease_reply::outcome::granted) co_return lease{token, std::move(seen.tags), {}};
        if (give_up.passed()) co_return lease{};
        if (reply->what == lease_reply::outcome::busy) {
            if (!waiting) about.counts.lease_waits->Increment();
            if (!waiting) waiting.emplace(tiers_.pace);
            co_await pause(about);
            continue;
        }
        auto again = co_await look(about);
        if (!again) co_return again.error();
        seen = *std::move(again);
        if (seen.content && wanted(*seen.content)) co_return lease{{}, {}, std::move(seen.content)};
    }
}

// Makes the versions that are missing. An entry is stored with the versions that its tags had before its
// load, so each tag needs one by then.
awaitable<result<void>> load_path::ensure_tag_versions(const flight_plan& about, versions& tags) {
    auto made = co_await l2_->ensure_versions(about.own.tags(), deadline::in(options_.l2_timeout));
    if (!made) {
        about.counts.l2_failures->Increment();
        co_return made.error();
    }
    tags = std::move(*made);
    co_return result<void>{};
}

awaitable<result<lease_reply>> load_path::ask_for_lease(const flight_plan& about, const std::string& seen,
                                                        const std::string& token) {
    auto reply = co_await l2_->take_lease(about.key(), seen, token, options_.lease_ttl,
                                          deadline::in(options_.l2_timeout));
    if (!reply) {
        about.counts.l2_failures->Increment();
        start(executor_, "lease to give back", give_back(about.key(), token));
    }
    co_return reply;
}

// Waits until the next look. A flight that sleeps takes requests again, because it has read nothing that it
// will serve. So a request that comes meanwhile waits once, not for this flight and then for the next. What
// is found afterwards is judged by what is read afterwards, the tags' versions included. (What the flight
// loads itself after a wait is stored under the versions from before it. If one has changed since, that costs
// a load.)
awaitable<void> load_path::pause(const flight_plan& about) {
    tiers_.in_flight.reopen(about.own);
    co_await sleep_for(tiers_.pace.next(random01()));
    tiers_.in_flight.begin_read(about.own);
}

// Gives back a lease that was asked for, or filled under, without an answer: it may be ours, and until it
// ends no flight would get it although none loads. Never load under this lease: it may have been granted
// after a load began, and a fill under it could store an old value. L2 may be away for now. Few flights were
// asking for a lease at that moment, and that bounds how many of these run.
awaitable<void> load_path::give_back(std::string key, std::string token) {
    const auto give_up = deadline::in(options_.lease_ttl);
    while (!give_up.passed()) {
        const auto released = co_await l2_->release_lease(key, token, deadline::in(options_.l2_timeout));
        if (released) co_return;
        co_await sleep_for(options_.l2_timeout);
    }
}

// Uses a stale answer if there is one, otherwise loads without storing. The wait for another node's load ran
// out, and the database may have no room for one more load.
awaitable<result<answer>> load_path::load_unless_stale(const flight_plan& about) {
    about.counts.fallbacks->Increment();
    auto stale = co_await stale_instead(about);
    if (stale) co_return *std::move(stale);
    co_return co_await load_without_storing(about, false);
}

// Loads after the lease was granted. A write that commits after the load's snapshot deletes the lease, and
// without its lease the fill is refused: a value read before a write is never stored after it.
awaitable<result<answer>> load_path::load_and_fill(const flight_plan& about, lease under) {
    auto made = co_await load(about);
    if (!made) {
        // Other flights need not wait for a load that failed. If this fails too, the lease ends by its TTL.
        co_await l2_->release_lease(about.key(), under.token, deadline::in(options_.l2_timeout));
        co_return made.error();
    }
    made->tag_versions = std::move(under.tags);
    const bool is_stored = co_await store(about, under.token, *made);
    auto content = is_stored ? keep(about, *made).content : entry::make(*made);
    co_return answer{std::move(content), {.from = source::miss, .is_stored = is_stored}};
}

// Loads on a single node. A refresh that is under way brings what this flight wants.
awaitable<result<answer>> load_path::load_alone(const flight_plan& about) {
    if (const auto refresh = tiers_.in_flight.refresh_of(about.key())) {
        co_await refresh->wait_completed(deadline::in(options_.load_timeout));
        auto held = held_in_l1(about);
        if (held && serving_of(*held, about.cached().ttl, unix_now()) == serving::fresh) {
            co_return answer{std::move(held), {.from = source::miss, .is_collapsed = true}};
        }
    }
    co_return co_await load_into_l1(about);
}

// Loads without L2. What the flight has noted stands in for the lease.
awaitable<result<answer>> load_path::load_into_l1(const flight_plan& about) {
    auto made = co_await load(about);
    if (!made) co_return made.error();
    if (!belongs_under_key(about, *made)) {
        drop_from_l1(about);
        co_return answer{entry::make(*made), {.from = source::miss}};
    }
    if (made->hard_expiry <= unix_now()) drop_from_l1(about);
    auto done = keep(about, *made);
    co_return answer{std::move(done.content), {.from = source::miss, .is_stored = done.is_in_l1}};
}

awaitable<result<answer>> load_path::load_without_storing(const flight_plan& about, bool is_l2_down) {
    // The flight before this one may have kept something.
    auto degraded = find_degraded(about.cached(), about.key(), unix_now());
    if (degraded) co_return *std::move(degraded);
    auto made = co_await load(about);
    if (!made) co_return made.error();
    if (is_l2_down && belongs_under_key(about, *made)) keep_degraded(about, *made);
    co_return answer{entry::make(*made), {.from = source::miss, .is_l2_down = is_l2_down}};
}

// Runs the loader. Only a completed load with an empty result is an absence. An error is an error and is
// never stored.
awaitable<result<entry_parts>> load_path::load(const flight_plan& about) {
    const auto load_start = unix_now();
    const auto began = steady_clock::now();
    auto loaded = co_await loader_.load(*about.what, about.values, deadline::in(options_.load_timeout));
    const auto cost = std::chrono::duration_cast<microseconds>(steady_clock::now() - began);
    if (!loaded) {
        about.counts.load_failures->Increment();
        co_return loaded.error();
    }
    about.counts.loads->Increment();
    about.counts.load_seconds->Observe(std::chrono::duration<double>(cost).count());
    auto made = make_entry(about.cached().ttl, *std::move(loaded), load_start, cost, random01());
    made.definition = about.cached().definition;
    co_return made;
}

// Fills L2. Returns whether it is stored there now.
awaitable<bool> load_path::store(const flight_plan& about, const std::string& token,
                                 const entry_parts& made) {
    const auto left = made.hard_expiry - unix_now();
    const auto until = deadline::in(options_.l2_timeout);
    const bool may_store = left > milliseconds::zero() && belongs_under_key(about, made) &&
                           (!shows_nothing(made) || tiers_.absences.take(steady_clock::now()));
    if (!may_store) {
        const std::string nothing;
        co_await l2_->fill(about.key(), token, nothing, milliseconds::zero(), until);
        drop_from_l1(about);
        co_return false;
    }
    const std::string bytes = encode(made);
    const auto filled = co_await l2_->fill(about.key(), token, bytes, left, until);
    if (!filled) {
        co_await end_lease(about, token, filled.error());
        co_return false;
    }
    (*filled ? about.counts.fills : about.counts.fills_refused)->Increment();
    co_return *filled;
}

// Ends the lease of a fill that failed. A fill that was refused (too large, out of memory) will not come, so
// other flights need not wait for it.
awaitable<void> load_path::end_lease(const flight_plan& about, const std::string& token, error_code why) {
    about.counts.l2_failures->Increment();
    const bool is_reachable = why != errc::unavailable && why != errc::timeout;
    if (is_reachable) {
        co_await l2_->release_lease(about.key(), token, deadline::in(options_.l2_timeout));
    } else {
        start(executor_, "lease to give back", give_back(about.key(), token));
    }
}

// Keeps it in L1, unless something of it was forgotten since the flight began to read. The note was taken
// before the first read of L2, and an invalidation deletes there before this node hears of it. So what was
// read before a write is not kept after it.
load_path::kept load_path::keep(const flight_plan& about, const entry_parts& made) {
    const auto now = unix_now();
    const auto at = steady_clock::now();
    const auto cap = about.cached().l1_ttl.value_or(options_.l1_ttl_max);
    const auto expiry = std::min(made.hard_expiry, now + cap);
    const bool may_keep = tiers_.l1 != nullptr && expiry > now && tiers_.coherence.is_trusted(at);
    if (!may_keep) return {entry::make(made), false};
    const std::string head = tiers_.head_of(about.cached(), made, made.etag, coding::identity);
    const auto noted =
        fault("skip_epoch") ? tiers_.coherence.take(about.key(), about.own.tags()) : about.own.noted();
    auto content = tiers_.l1->insert(about.key(), made, head, noted, expiry, at);
    if (!content) return {entry::make(made), false};
    return {std::move(content), true};
}

// Erases the key from L1, when a load shows that its entry no longer holds and gives nothing to keep.
void load_path::drop_from_l1(const flight_plan& about) {
    if (tiers_.l1 != nullptr) tiers_.l1->forget({&about.key(), 1});
}

}  // namespace weir
