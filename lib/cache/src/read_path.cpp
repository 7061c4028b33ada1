#include "weir/cache/read_path.hpp"

#include "weir/async/task.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace weir {
namespace {

using source = provenance::source;

}  // namespace

awaitable<result<answer>> reader::get(const resource& what, std::vector<std::string> values, deadline until) {
    auto found = find(what, values, moment::now());
    if (found) co_return std::move(*found);
    co_return co_await fetch(what, std::move(values), until);
}

read_path::read_path(boost::asio::any_io_executor executor, const policy& declared, read_options options,
                     read_tiers& shared, l2_store* l2, loader& from)
    : executor_(std::move(executor)),
      policy_(declared),
      key_head_(declared.key_head()),
      options_(options),
      tiers_(shared),
      l2_(l2),
      loader_(from) {}

// Trust is looked at first: what is found afterwards was true at some moment after the request began.
std::optional<answer> read_path::find(const resource& what, const std::vector<std::string>& values,
                                      const moment& now) {
    if (tiers_.first == nullptr || !what.cached) return std::nullopt;
    const bool is_trusted = tiers_.heard.is_trusted(now.steady);
    if (!is_trusted && what.cached->degraded_ttl == milliseconds::zero()) return std::nullopt;
    what.cached->key.render(key_head_, values, sought_);
    if (!is_trusted) return find_degraded(what, sought_, now.unix);
    auto content = tiers_.first->find(sought_, now.unix);
    if (!content) return std::nullopt;
    return hit_in(tier::l1, what, values, sought_, std::move(content), now.unix);
}

// A hit, or stale inside its window; and where it is due, one request refreshes it behind its answer. Nothing
// past that window: what stands in for an error needs an error first.
std::optional<answer> read_path::hit_in(tier where, const resource& what,
                                        const std::vector<std::string>& values, const std::string& key,
                                        entry_ptr content, unix_ms now) {
    const auto how = serving_of(*content, what.cached->ttl, now);
    if (how != serving::fresh && how != serving::while_refreshing) return std::nullopt;
    const bool is_due_now =
        may_be_due(*content, what.cached->ttl, now) && is_due(*content, what.cached->ttl, now, random01());
    if (how == serving::while_refreshing || is_due_now) {
        refresh_behind(what, values, key, content->load_start());
    }
    return answer{std::move(content),
                  {.from = how == serving::fresh ? source::hit : source::stale, .where = where}};
}

awaitable<result<answer>> read_path::fetch(const resource& what, std::vector<std::string> values,
                                           deadline until) {
    if (!what.cached) co_return co_await bypass(what, values, until);

    const auto& counts = tiers_.counts.of(what);
    const std::string key = what.cached->key.render(key_head_, values);
    auto ticket = tiers_.in_flight.board(key, [&] { return tags_of(policy_, what, values); });
    if (ticket.is_pilot) {
        request about{what, std::move(values), counts, *ticket.to_join};
        start(executor_, "flight", fly(ticket.to_join, std::move(ticket.predecessor), std::move(about)));
    } else {
        counts.joins->Increment();
    }

    const bool has_landed = co_await ticket.to_join->wait_landed(until);
    if (!has_landed) co_return errc::timeout;
    result<answer> landed = ticket.to_join->outcome();
    // A passenger of a flight that loaded did not cause the load.
    if (landed && !ticket.is_pilot && landed->how.from == source::miss) landed->how.is_collapsed = true;
    co_return landed;
}

void read_path::want(const resource& what, const std::vector<std::string>& values, const entry_ptr& of,
                     coding how) {
    if (tiers_.coded == nullptr || !tiers_.coded->claim(*of, how)) return;
    tiers_.coded->add(*what.cached, what.cached->key.render(key_head_, values), of, how);
}

awaitable<result<answer>> read_path::bypass(const resource& what, const std::vector<std::string>& values,
                                            deadline until) {
    const auto now = unix_now();
    auto body = co_await loader_.load(what, values, until.at_most(options_.load_timeout));
    if (!body) co_return body.error();
    const auto made = make_entry(ttl_policy{}, std::move(*body), now, microseconds{0}, 0);
    co_return answer{entry::make(made), {.from = source::bypass}};
}

// Whatever happens in here, the flight lands: a key left in flight would make every later request of it time
// out.
awaitable<void> read_path::fly(std::shared_ptr<flight> f, std::shared_ptr<flight> predecessor,
                               request about) {
    result<answer> outcome = errc::timeout;
    try {
        bool is_our_turn = true;
        if (predecessor) {
            // Every flight is bounded by the sum of its steps, so this ends; the bound is for a worker that
            // is gone.
            const auto longest = options_.lease_wait + 2 * options_.load_timeout + 10 * options_.l2_timeout;
            is_our_turn = co_await predecessor->wait_landed(deadline::in(longest));
        }
        if (is_our_turn) {
            tiers_.in_flight.depart(*f);
            outcome = co_await ask_tiers(about);
            if (!outcome) outcome = co_await answer_failure(about, outcome.error());
        }
    } catch (const std::exception& e) {
        log::error("flight_failed", {{"resource", about.what.name}, {"what", e.what()}});
        outcome = errc::cancelled;
    }
    tiers_.in_flight.land(*f, std::move(outcome));
}

// The tiers and the loader have failed: what is still there from before (stale-if-error).
awaitable<result<answer>> read_path::answer_failure(const request& about, error_code why) {
    auto stale = co_await stale_instead(about);
    if (!stale) co_return why;
    co_return *std::move(stale);
}

// L2, else the loader under a lease; without L2, the loader alone (its pool bounds how many run).
awaitable<result<answer>> read_path::ask_tiers(const request& about) {
    if (!l2_) co_return co_await load_alone(about);

    const auto ask_until = deadline::in(options_.l2_timeout);
    versions tags;
    auto seen = co_await look(about, tags);
    if (!seen) co_return co_await load_without_storing(about, true);
    if (seen->content) {
        auto content = keep(about, *seen->content).content;
        auto hit = hit_in(tier::l2, about.what, about.values, about.key(), std::move(content), unix_now());
        if (hit) {
            about.counts.l2_hits->Increment();
            co_return *std::move(hit);
        }
    }
    about.counts.l2_misses->Increment();
    co_return co_await load_under_lease(about, std::move(seen->mark), std::move(tags), ask_until);
}

// One look into L2: what is there, and the tags' versions as they are now; empty for a tag that has none,
// which validates nothing.
awaitable<result<read_path::sighting>> read_path::look(const request& about, versions& tags) {
    auto found = co_await l2_->get(about.key(), about.own.tags(), deadline::in(options_.l2_timeout));
    if (!found) {
        about.counts.l2_failures->Increment();
        co_return found.error();
    }
    tags.clear();
    for (auto& version : found->tag_versions) tags.push_back(version ? std::move(*version) : std::string{});
    sighting seen;
    if (!found->value) co_return seen;
    seen.content = usable(about, *found->value, tags);
    if (seen.content) {
        seen.mark = mark_of(seen.content->text);
    } else {
        // Unless someone replaced it meanwhile.
        co_await l2_->discard(about.key(), *found->value, deadline::in(options_.l2_timeout));
    }
    co_return seen;
}

bool read_path::are_complete(const versions& tags) {
    return std::none_of(tags.begin(), tags.end(), [](const auto& v) { return v.empty(); });
}

// An entry keeps the versions that its tags had before its load, so a tag needs one by then.
awaitable<result<void>> read_path::complete(const request& about, versions& tags) {
    auto made = co_await l2_->ensure_versions(about.own.tags(), deadline::in(options_.l2_timeout));
    if (!made) {
        about.counts.l2_failures->Increment();
        co_return made.error();
    }
    tags = std::move(*made);
    co_return result<void>{};
}

// Exactly one flight in the fleet gets the lease and loads; the others ask for it again and again until their
// wait runs out. take_lease looks at the value in the same step, so a fill between two looks is not missed.
// While it sleeps a flight takes passengers again, since it has read nothing that it will serve: so whoever
// comes during the wait waits once, not for this flight and then for the next. What it finds afterwards is
// judged by what it reads afterwards, the tags' versions included. (What it loads itself after a wait is
// stored under the versions from before it: if one has changed since, that costs a load.)
awaitable<result<answer>> read_path::load_under_lease(const request& about, std::string seen, versions tags,
                                                      deadline ask_until) {
    const std::string token = random_token();
    const auto give_up = deadline::in(options_.lease_wait);
    std::optional<wait_pace::waiter> waiting;
    while (true) {
        result<void> completed;
        if (!are_complete(tags)) completed = co_await complete(about, tags);
        // L2 that answers slowly costs a request no more than L2 that does not.
        const bool is_too_slow = !waiting && ask_until.passed();
        if (!completed || is_too_slow) co_return co_await load_without_storing(about, true);
        const auto reply = co_await l2_->take_lease(about.key(), seen, token, options_.lease_ttl,
                                                    deadline::in(options_.l2_timeout));
        if (!reply) {
            about.counts.l2_failures->Increment();
            start(executor_, "lease to give back", give_back(about.key(), token));
            co_return co_await load_without_storing(about, true);
        }
        if (reply->what == lease_reply::outcome::granted) {
            co_return co_await load_and_fill(about, token, std::move(tags));
        }
        if (give_up.passed()) co_return co_await load_unless_stale(about);
        if (reply->what == lease_reply::outcome::busy) {
            if (!waiting) about.counts.lease_waits->Increment();
            if (!waiting) waiting.emplace(tiers_.pace);
            co_await wait_aloft(about);
            continue;
        }
        auto found = co_await look(about, tags);
        if (!found) co_return co_await load_without_storing(about, true);
        if (found->content && serving_of(*found->content, about.cached().ttl, unix_now()) == serving::fresh) {
            auto content = keep(about, *found->content).content;
            co_return answer{std::move(content), {.from = source::miss, .is_collapsed = true}};
        }
        seen = std::move(found->mark);
    }
}

// Asked for, or filled under, but the answer did not come: we may have it still, and until it ends nobody
// else would get it, though nobody loads. It is not used: it may have been granted after our load began. L2
// may be away for now; that few flights were just asking for a lease is what bounds how many of these there
// are.
awaitable<void> read_path::give_back(std::string key, std::string token) {
    const auto give_up = deadline::in(options_.lease_ttl);
    while (!give_up.passed()) {
        const auto released = co_await l2_->release_lease(key, token, deadline::in(options_.l2_timeout));
        if (released) co_return;
        co_await sleep_for(options_.l2_timeout);
    }
}

awaitable<void> read_path::wait_aloft(const request& about) {
    tiers_.in_flight.reopen(about.own);
    co_await sleep_for(tiers_.pace.next(random01()));
    tiers_.in_flight.depart(about.own);
}

// The wait for another node's load ran out. One load more may be what the database has no room for, so if
// there is an answer for when it fails, this is when.
awaitable<result<answer>> read_path::load_unless_stale(const request& about) {
    about.counts.fallbacks->Increment();
    auto stale = co_await stale_instead(about);
    if (stale) co_return *std::move(stale);
    co_return co_await load_without_storing(about, false);
}

// The load begins after the lease was granted. A write that commits after the load's snapshot deletes the
// lease, and without its lease the fill is refused: a value read before a write is never stored after it.
awaitable<result<answer>> read_path::load_and_fill(const request& about, const std::string& token,
                                                   versions tags) {
    auto made = co_await load(about);
    if (!made) {
        // Others need not wait for a load that failed. If this fails too, the lease ends by its TTL.
        co_await l2_->release_lease(about.key(), token, deadline::in(options_.l2_timeout));
        co_return made.error();
    }
    made->tag_versions = std::move(tags);
    const bool is_stored = co_await store(about, token, *made);
    auto content = is_stored ? keep(about, *made).content : entry::make(*made);
    co_return answer{std::move(content), {.from = source::miss, .is_stored = is_stored}};
}

// A single node. A refresh that is under way brings what this one wants.
awaitable<result<answer>> read_path::load_alone(const request& about) {
    if (const auto refresh = tiers_.in_flight.refresh_of(about.key())) {
        co_await refresh->wait_landed(deadline::in(options_.load_timeout));
        auto held = held_in_l1(about);
        if (held && serving_of(*held, about.cached().ttl, unix_now()) == serving::fresh) {
            co_return answer{std::move(held), {.from = source::miss, .is_collapsed = true}};
        }
    }
    co_return co_await load_into_l1(about);
}

// What the flight has noted stands in for the lease.
awaitable<result<answer>> read_path::load_into_l1(const request& about) {
    auto made = co_await load(about);
    if (!made) co_return made.error();
    if (made->hard_expiry <= unix_now()) drop_from_l1(about);
    auto done = keep(about, *made);
    co_return answer{std::move(done.content), {.from = source::miss, .is_stored = done.is_in_l1}};
}

// Into L1, unless something of it was forgotten since the flight departed: the note was taken before the
// first read of L2, and an invalidation deletes there before it is heard here. So what was read before a
// write is not kept after it.
read_path::kept read_path::keep(const request& about, const entry_parts& made) {
    const auto now = unix_now();
    const auto at = steady_clock::now();
    const auto cap = about.cached().l1_ttl.value_or(options_.l1_ttl_max);
    const auto expiry = std::min(made.hard_expiry, now + cap);
    const bool may_keep = tiers_.first != nullptr && expiry > now && tiers_.heard.is_trusted(at);
    if (!may_keep) return {entry::make(made), false};
    const std::string head = tiers_.head_of(about.cached(), made, made.etag, coding::identity);
    const auto noted =
        fault("skip_epoch") ? tiers_.heard.take(about.key(), about.own.tags()) : about.own.noted();
    auto content = tiers_.first->insert(about.key(), made, head, noted, expiry, at);
    if (!content) return {entry::make(made), false};
    return {std::move(content), true};
}

// A load that shows that what was kept no longer holds, and gives nothing to keep.
void read_path::drop_from_l1(const request& about) {
    if (tiers_.first != nullptr) tiers_.first->forget({&about.key(), 1});
}

awaitable<bool> read_path::store(const request& about, const std::string& token, const entry_parts& made) {
    const auto left = made.hard_expiry - unix_now();
    const auto until = deadline::in(options_.l2_timeout);
    if (left <= milliseconds::zero() || (shows_nothing(made) && !tiers_.absences.take(steady_clock::now()))) {
        const std::string nothing;
        co_await l2_->fill(about.key(), token, nothing, milliseconds::zero(), until);
        drop_from_l1(about);
        co_return false;
    }
    const std::string bytes = encode(made);
    const auto filled = co_await l2_->fill(about.key(), token, bytes, left, until);
    if (!filled) {
        about.counts.l2_failures->Increment();
        // Refused rather than unreachable (too large, out of memory): others need not wait for what will not
        // come.
        const bool is_reachable = filled.error() != errc::unavailable && filled.error() != errc::timeout;
        if (is_reachable) {
            co_await l2_->release_lease(about.key(), token, deadline::in(options_.l2_timeout));
        } else {
            start(executor_, "lease to give back", give_back(about.key(), token));
        }
        co_return false;
    }
    (*filled ? about.counts.fills : about.counts.fills_refused)->Increment();
    co_return *filled;
}

awaitable<result<answer>> read_path::load_without_storing(const request& about, bool is_l2_down) {
    // The flight before this one may have kept something.
    auto degraded = find_degraded(about.what, about.key(), unix_now());
    if (degraded) co_return *std::move(degraded);
    auto made = co_await load(about);
    if (!made) co_return made.error();
    if (is_l2_down) keep_degraded(about, *made);
    co_return answer{entry::make(*made), {.from = source::miss, .is_l2_down = is_l2_down}};
}

// Only a completed query with an empty result is an absence: an error is an error, and is never stored.
awaitable<result<entry_parts>> read_path::load(const request& about) {
    const auto load_start = unix_now();
    const auto began = steady_clock::now();
    auto body = co_await loader_.load(about.what, about.values, deadline::in(options_.load_timeout));
    const auto cost = std::chrono::duration_cast<microseconds>(steady_clock::now() - began);
    if (!body) {
        about.counts.load_failures->Increment();
        co_return body.error();
    }
    about.counts.loads->Increment();
    about.counts.load_seconds->Observe(std::chrono::duration<double>(cost).count());
    co_return make_entry(about.cached().ttl, std::move(*body), load_start, cost, random01());
}

// The entry in `stored` if it may be served: then it has the bytes. Else they stay where they are.
std::optional<entry_parts> read_path::usable(const request& about, std::string& stored,
                                             const versions& tags) {
    auto decoded = decode(std::move(stored));
    // A version that is missing matches nothing, not even an entry that claims to have been made without one.
    const bool is_valid = decoded && are_complete(tags) && decoded->tag_versions == tags;
    if (is_valid && judge(*decoded, unix_now()) != freshness::expired) {
        return std::move(*decoded);
    }
    if (!decoded) {
        about.counts.corrupt->Increment();
        log::warn("corrupt_entry",
                  {{"resource", about.what.name}, {"key", about.key()}, {"bytes", stored.size()}});
    }
    if (decoded) stored = std::move(decoded->text);
    return std::nullopt;
}

}  // namespace weir
