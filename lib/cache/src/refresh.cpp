// Answers that outlive their TTL: the refresh behind an answer, and the stale answer instead of an error.
//
// Neither weakens the guarantee. Stale means past its TTL. What a write has replaced is deleted from L2 and
// erased from L1 whatever its windows. A refresh stores under a lease and keeps under a note, as any load.
#include "weir/cache/load_path.hpp"

#include <utility>

namespace weir {

using source = provenance::source;

// Looks into L2 first: another node may have been here before. If one is loading now, its fill is waited for.
// It is wanted in this node's L1 as well, and until it is there every request would begin another refresh.
awaitable<result<refreshed>> load_path::renew(const flight_plan& about, unix_ms replaced) {
    result<answer> got = errc::cancelled;
    if (!l2_) {
        got = co_await load_into_l1(about);
    } else {
        const auto is_news = [&](const entry_parts& e) {
            return e.load_start != replaced &&
                   serving_of(e, about.cached().ttl, unix_now()) == serving::fresh;
        };
        auto seen = co_await look(about);
        if (!seen) co_return seen.error();
        lease leased;
        if (seen->content && is_news(*seen->content)) {
            leased.found = std::move(seen->content);
        } else {
            // No request waits, so it asks however slow L2 is, and at least once (lease_wait may be zero).
            const deadline no_hurry{steady_clock::time_point::max()};
            auto asked = co_await acquire_lease(about, std::move(*seen), no_hurry, is_news);
            if (!asked) co_return asked.error();
            leased = *std::move(asked);
        }
        if (leased.found) {
            keep(about, *leased.found);
            co_return refreshed::elsewhere;
        }
        if (leased.token.empty()) co_return errc::timeout;
        got = co_await load_and_fill(about, std::move(leased));
    }
    if (!got) co_return got.error();
    co_return got->how.is_stored ? refreshed::stored : refreshed::refused;
}

// Returns a stale answer in place of an error (RFC 5861, stale-if-error). It looks after the failure, and so
// after every waiting request has arrived: a value that a write has replaced by then is not there.
awaitable<std::optional<answer>> load_path::stale_instead(const flight_plan& about) {
    if (about.cached().ttl.stale_if_error == milliseconds::zero()) co_return std::nullopt;
    entry_ptr content = held_in_l1(about);
    provenance::tier where = provenance::tier::l1;
    if (!content && l2_) {
        auto seen = co_await look(about);
        if (seen && seen->content) content = entry::make(*seen->content);
        where = provenance::tier::l2;
    }
    if (!content) co_return std::nullopt;
    const auto how = serving_of(*content, about.cached().ttl, unix_now());
    if (how == serving::never) co_return std::nullopt;
    // Another node may have loaded it meanwhile.
    if (how == serving::fresh) co_return answer{std::move(content), {.from = source::hit, .where = where}};
    co_return answer{std::move(content), {.from = source::stale, .where = where, .is_load_failed = true}};
}

entry_ptr load_path::held_in_l1(const flight_plan& about) {
    const bool may_ask = tiers_.l1 != nullptr && tiers_.coherence.is_trusted(steady_clock::now());
    return may_ask ? tiers_.l1->find(about.key(), unix_now()) : nullptr;
}

}  // namespace weir
