#include "weir/cache/read_path.hpp"

#include "weir/async/task.hpp"
#include "weir/base/log.hpp"

#include <exception>
#include <utility>

namespace weir {
namespace {

using source = provenance::source;

}  // namespace

awaitable<result<answer>> reader::get(resource_ptr what, std::vector<std::string> values, deadline until) {
    auto found = find(what, values, moment::now());
    if (found) co_return std::move(*found);
    co_return co_await fetch(std::move(what), std::move(values), until);
}

read_path::read_path(boost::asio::any_io_executor executor, std::string key_head, read_options options,
                     read_tiers& shared, l2_store* l2, loader& from)
    : executor_(executor),
      key_head_(std::move(key_head)),
      tiers_(shared),
      loader_(from),
      loads_(std::move(executor), options, shared, l2, from) {}

// Looks at trust first: what is found afterwards was true at some moment after the request began.
std::optional<answer> read_path::find(const resource_ptr& what, const std::vector<std::string>& values,
                                      const moment& now) {
    if (tiers_.l1 == nullptr || !what->cached) return std::nullopt;
    const cacheable& how = *what->cached;
    const bool is_trusted = tiers_.coherence.is_trusted(now.steady);
    if (!is_trusted && how.degraded_ttl == milliseconds::zero()) return std::nullopt;
    how.key.render(key_head_, values, key_);
    if (!is_trusted) return loads_.find_degraded(how, key_, now.unix);
    auto content = tiers_.l1->find(key_, now.unix);
    if (!content) return std::nullopt;
    return hit_in(tier::l1, what, values, key_, std::move(content), now.unix);
}

// Returns a hit, or a stale answer inside its window. What is due is refreshed behind the answer, by one
// request. Past the window it returns nullopt: what stands in for an error needs an error first.
std::optional<answer> read_path::hit_in(tier where, const resource_ptr& what,
                                        const std::vector<std::string>& values, const std::string& key,
                                        entry_ptr content, unix_ms now) {
    const ttl_policy& ttl = what->cached->ttl;
    const auto how = serving_of(*content, ttl, now);
    if (how != serving::fresh && how != serving::while_refreshing) return std::nullopt;
    const bool is_due_now = may_be_due(*content, ttl, now) && is_due(*content, ttl, now, loads_.random01());
    if (how == serving::while_refreshing || is_due_now) {
        refresh_behind(what, values, key, content->load_start());
    }
    return answer{std::move(content),
                  {.from = how == serving::fresh ? source::hit : source::stale, .where = where}};
}

// Joins the key's flight, or starts it, and waits for its outcome to the request's own deadline.
awaitable<result<answer>> read_path::fetch(resource_ptr what, std::vector<std::string> values,
                                           deadline until) {
    if (!what->cached) co_return co_await bypass(*what, values, until);

    const auto& counts = tiers_.counts.of(*what);
    const std::string key = what->cached->key.render(key_head_, values);
    auto ticket = tiers_.in_flight.join(key, [&] { return tags_of(key_head_, *what, values); });
    const auto own = ticket.to_join;
    if (ticket.is_starter) {
        flight_plan about{std::move(what), std::move(values), counts, *own};
        start(executor_, "flight", fly(own, std::move(ticket.predecessor), std::move(about)));
    } else {
        counts.joins->Increment();
    }

    const bool is_complete = co_await own->wait_completed(until);
    if (!is_complete) co_return errc::timeout;
    result<answer> outcome = own->outcome();
    // A request that joined did not cause the load.
    if (outcome && !ticket.is_starter && outcome->how.from == source::miss) outcome->how.is_collapsed = true;
    co_return outcome;
}

void read_path::want(const resource_ptr& what, const std::vector<std::string>& values, const entry_ptr& of,
                     coding how) {
    if (tiers_.variants == nullptr || !tiers_.variants->claim(*of, how)) return;
    tiers_.variants->add(what, what->cached->key.render(key_head_, values), of, how);
}

// Answers a private resource: loaded for this request, shared with no other, kept nowhere.
awaitable<result<answer>> read_path::bypass(const resource& what, const std::vector<std::string>& values,
                                            deadline until) {
    const auto now = unix_now();
    auto loaded = co_await loader_.load(what, values, until.at_most(loads_.options().load_timeout));
    if (!loaded) co_return loaded.error();
    const auto made = make_entry(ttl_policy{}, *std::move(loaded), now, microseconds{0}, 0);
    co_return answer{entry::make(made), {.from = source::bypass}};
}

// Completes the flight whatever happens: a key left in flight would make every later request of it time out.
awaitable<void> read_path::fly(std::shared_ptr<flight> f, std::shared_ptr<flight> predecessor,
                               flight_plan about) {
    result<answer> outcome = errc::timeout;
    try {
        bool is_our_turn = true;
        if (predecessor) {
            // Every flight is bounded by the sum of its steps, so this wait ends. The bound is for a worker
            // that is gone.
            const read_options& o = loads_.options();
            const auto longest = o.lease_wait + 2 * o.load_timeout + 10 * o.l2_timeout;
            is_our_turn = co_await predecessor->wait_completed(deadline::in(longest));
        }
        if (is_our_turn) {
            tiers_.in_flight.begin_read(*f);
            outcome = co_await ask_tiers(about);
            std::optional<answer> stale;
            if (!outcome) stale = co_await loads_.stale_instead(about);
            if (stale) outcome = *std::move(stale);
        }
    } catch (const std::exception& e) {
        log::error("flight_failed", {{"resource", about.what->name}, {"what", e.what()}});
        outcome = errc::cancelled;
    }
    if (outcome && tiers_.samples != nullptr) tiers_.samples->note(*about.what, about.values);
    tiers_.in_flight.complete(*f, std::move(outcome));
}

// Asks L2, otherwise the loader under a lease. Without L2, the loader alone: its pool bounds how many run.
awaitable<result<answer>> read_path::ask_tiers(const flight_plan& about) {
    if (!loads_.has_l2()) co_return co_await loads_.load_alone(about);

    const auto ask_until = deadline::in(loads_.options().l2_timeout);
    auto seen = co_await loads_.look(about);
    if (!seen) co_return co_await loads_.load_without_storing(about, true);
    if (seen->content) {
        auto content = loads_.keep(about, *seen->content).content;
        auto hit = hit_in(tier::l2, about.what, about.values, about.key(), std::move(content), unix_now());
        if (hit) {
            about.counts.l2_hits->Increment();
            co_return *std::move(hit);
        }
    }
    about.counts.l2_misses->Increment();
    co_return co_await loads_.load_under_lease(about, std::move(*seen), ask_until);
}

// Starts the refresh of a key, unless one is under way. `replaced`: the load start of what was served.
void read_path::refresh_behind(const resource_ptr& what, const std::vector<std::string>& values,
                               const std::string& key, unix_ms replaced) {
    auto f = tiers_.in_flight.begin_refresh(key, [&] { return tags_of(key_head_, *what, values); });
    if (!f) return;
    flight_plan about{what, values, tiers_.counts.of(*what), *f};
    start(executor_, "refresh", refresh(std::move(f), std::move(about), replaced));
}

// Renews what was served. One refresh of a key runs at a time, also for a while after one failed: otherwise
// every request of a key that cannot be loaded would try again.
awaitable<void> read_path::refresh(std::shared_ptr<flight> f, flight_plan about, unix_ms replaced) {
    result<refreshed> how = errc::cancelled;
    try {
        tiers_.in_flight.begin_read(*f);
        how = co_await loads_.renew(about, replaced);
    } catch (const std::exception& e) {
        log::error("refresh_failed", {{"resource", about.what->name}, {"what", e.what()}});
    }
    const auto outcome = how ? *how : refreshed::failed;
    about.counts.refreshes[static_cast<std::size_t>(outcome)]->Increment();
    tiers_.in_flight.complete(*f, errc::cancelled);  // no request is answered by it
    if (!how && how.error() != errc::cancelled) co_await sleep_for(loads_.options().refresh_pause);
    tiers_.in_flight.retire(*f);
}

}  // namespace weir
