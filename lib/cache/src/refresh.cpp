// Answers that outlive their TTL: the refresh behind an answer, and the stale answer instead of an error.
//
// Neither weakens the guarantee. Stale is what is past its TTL; what was written over is deleted from L2 and
// erased from L1 whatever its windows, and a refresh stores under the same lease and keeps under the same
// kind of note as any load.
#include "weir/async/task.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"
#include "weir/cache/read_path.hpp"

#include <exception>
#include <utility>

namespace weir {

using source = provenance::source;

// `replaced`: the load start of what was served, by which it is known again.
void read_path::refresh_behind(const resource& what, const std::vector<std::string>& values,
                               const std::string& key, unix_ms replaced) {
    auto f = tiers_.in_flight.begin_refresh(key, [&] { return tags_of(policy_, what, values); });
    if (!f) return;
    request about{what, values, tiers_.counts.of(what), *f};
    start(executor_, "refresh", refresh(std::move(f), std::move(about), replaced));
}

// One of a key at a time, also for a while after it failed: else every request of a key that cannot be loaded
// would try again.
awaitable<void> read_path::refresh(std::shared_ptr<flight> f, request about, unix_ms replaced) {
    result<refreshed> how = errc::cancelled;
    try {
        how = co_await renew(about, replaced);
    } catch (const std::exception& e) {
        log::error("refresh_failed", {{"resource", about.what.name}, {"what", e.what()}});
    }
    const auto outcome = how ? *how : refreshed::failed;
    about.counts.refreshes[static_cast<std::size_t>(outcome)]->Increment();
    tiers_.in_flight.land(*f, errc::cancelled);  // nobody is answered by it
    if (!how && how.error() != errc::cancelled) co_await sleep_for(options_.refresh_pause);
    tiers_.in_flight.retire(*f);
}

awaitable<result<refreshed>> read_path::renew(const request& about, unix_ms replaced) {
    tiers_.in_flight.depart(about.own);
    if (l2_) co_return co_await renew_under_lease(about, replaced);
    const auto got = co_await load_into_l1(about);
    if (!got) co_return got.error();
    co_return got->how.is_stored ? refreshed::stored : refreshed::refused;
}

// Looks into L2 first: another node may have been here before. If one is at it now, its fill is waited for:
// it is wanted in this node's L1 as well, and until it is there every request would begin another refresh.
awaitable<result<refreshed>> read_path::renew_under_lease(const request& about, unix_ms replaced) {
    const std::string token = random_token();
    const auto give_up = deadline::in(options_.lease_wait);
    while (true) {
        versions tags;
        auto seen = co_await look(about, tags);
        if (!seen) co_return seen.error();
        const bool is_news = seen->content && seen->content->load_start != replaced &&
                             serving_of(*seen->content, about.cached().ttl, unix_now()) == serving::fresh;
        if (is_news) {
            keep(about, *seen->content);
            co_return refreshed::elsewhere;
        }
        result<void> completed;
        if (!are_complete(tags)) completed = co_await complete(about, tags);
        if (!completed) co_return completed.error();
        const auto reply = co_await l2_->take_lease(about.key(), seen->mark, token, options_.lease_ttl,
                                                    deadline::in(options_.l2_timeout));
        if (!reply) co_return reply.error();
        if (reply->what == lease_reply::outcome::granted) {
            const auto got = co_await load_and_fill(about, token, std::move(tags));
            if (!got) co_return got.error();
            co_return got->how.is_stored ? refreshed::stored : refreshed::refused;
        }
        if (give_up.passed()) co_return errc::timeout;
        if (reply->what == lease_reply::outcome::present) continue;
        const wait_pace::waiter waiting{tiers_.pace};
        co_await sleep_for(tiers_.pace.next(random01()));
        tiers_.in_flight.depart(about.own);  // what is read from here on is noted from here on
    }
}

// RFC 5861, stale-if-error. Looked for now, after the failure and so after every passenger's start: whatever
// was written over by then is not there.
awaitable<std::optional<answer>> read_path::stale_instead(const request& about) {
    if (about.cached().ttl.stale_if_error == milliseconds::zero()) co_return std::nullopt;
    entry_ptr content = held_in_l1(about);
    tier where = tier::l1;
    if (!content && l2_) {
        versions tags;
        auto seen = co_await look(about, tags);
        if (seen && seen->content) content = entry::make(*seen->content);
        where = tier::l2;
    }
    if (!content) co_return std::nullopt;
    const auto how = serving_of(*content, about.cached().ttl, unix_now());
    if (how == serving::never) co_return std::nullopt;
    // Another node may have loaded it meanwhile.
    if (how == serving::fresh) co_return answer{std::move(content), {.from = source::hit, .where = where}};
    co_return answer{std::move(content), {.from = source::stale, .where = where, .is_load_failed = true}};
}

entry_ptr read_path::held_in_l1(const request& about) {
    const bool may_ask = tiers_.first != nullptr && tiers_.heard.is_trusted(steady_clock::now());
    return may_ask ? tiers_.first->find(about.key(), unix_now()) : nullptr;
}

}  // namespace weir
