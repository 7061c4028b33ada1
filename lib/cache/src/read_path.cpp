#include "weir/cache/read_path.hpp"

#include "weir/async/backoff.hpp"
#include "weir/async/task.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"

#include <exception>
#include <utility>

namespace weir {
namespace {

using source = provenance::source;
using tier = provenance::tier;

answer found_in_l2(entry_ptr content) {
    return {std::move(content), {.from = source::hit, .where = tier::l2}};
}

}  // namespace

// By value: a flight outlives the request that started it. The resource is part of the policy, which outlives
// both.
struct read_path::request {
    const resource& what;
    std::vector<std::string> values;
    std::string key;
    const read_metrics::per_resource& counts;
    const flight& own;  // kept alive by fly()
};

read_path::read_path(boost::asio::any_io_executor executor, read_options options, flights& in_flight,
                     l2_store* l2, loader& from, absence_budget& absences, read_metrics& counts)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      flights_(in_flight),
      l2_(l2),
      loader_(from),
      absences_(absences),
      counts_(counts) {}

awaitable<result<answer>> read_path::get(const resource& what, std::vector<std::string> values,
                                         deadline until) {
    if (what.is_private) co_return co_await bypass(what, values, until);

    const auto& counts = counts_.of(what);
    std::string key = what.key->render(options_.key_head, values);
    auto ticket = flights_.board(key);
    if (ticket.is_pilot) {
        request about{what, std::move(values), std::move(key), counts, *ticket.to_join};
        start(executor_, "flight", fly(ticket.to_join, std::move(ticket.predecessor), std::move(about)));
    } else {
        counts.joins->Increment();
    }

    auto landed = co_await ticket.to_join->wait(until);
    // A passenger of a flight that loaded did not cause the load.
    if (landed && !ticket.is_pilot && landed->how.from == source::miss) landed->how.is_collapsed = true;
    co_return landed;
}

awaitable<result<answer>> read_path::bypass(const resource& what, const std::vector<std::string>& values,
                                            deadline until) {
    const auto now = unix_now();
    auto body = co_await loader_.load(what, values, until.at_most(options_.load_timeout));
    if (!body) co_return body.error();
    auto made = make_entry(ttl_policy{}, std::move(*body), now, microseconds{0}, 0);
    co_return answer{std::make_shared<const entry>(std::move(made)), {.from = source::bypass}};
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
            flights_.depart(*f);
            outcome = co_await serve(about);
        }
    } catch (const std::exception& e) {
        log::error("flight_failed", {{"resource", about.what.name}, {"what", e.what()}});
        outcome = errc::cancelled;
    }
    flights_.land(*f, std::move(outcome));
}

// L2, else the loader under a lease; without L2, the loader alone (its pool bounds how many run).
awaitable<result<answer>> read_path::serve(const request& about) {
    if (!l2_) co_return co_await load_without_storing(about, false);

    auto stored = co_await l2_->get(about.key, deadline::in(options_.l2_timeout));
    if (!stored) {
        about.counts.l2_failures->Increment();
        co_return co_await load_without_storing(about, true);
    }
    if (*stored) {
        auto content = co_await usable(about, **stored);
        if (content) {
            about.counts.l2_hits->Increment();
            co_return found_in_l2(std::move(content));
        }
    }
    about.counts.l2_misses->Increment();
    co_return co_await load_under_lease(about);
}

// Exactly one flight in the fleet gets the lease and loads; the others look for what it stores, more and more
// rarely, until their wait runs out. take_lease looks at the value again in the same step, so a fill between
// two looks is not missed. While it sleeps a flight takes passengers again, since it has read nothing that it
// will serve: so whoever comes during the wait waits once, not for this flight and then for the next.
awaitable<result<answer>> read_path::load_under_lease(const request& about) {
    const std::string token = random_token();
    const auto give_up = deadline::in(options_.lease_wait);
    backoff wait{milliseconds{2}, milliseconds{20}};
    for (;;) {
        auto reply =
            co_await l2_->take_lease(about.key, token, options_.lease_ttl, deadline::in(options_.l2_timeout));
        if (!reply) {
            about.counts.l2_failures->Increment();
            co_return co_await load_without_storing(about, true);
        }
        if (reply->what == lease_reply::outcome::granted) co_return co_await load_and_fill(about, token);
        if (reply->what == lease_reply::outcome::present) {
            auto content = co_await usable(about, reply->value);
            if (content) co_return answer{std::move(content), {.from = source::miss, .is_collapsed = true}};
        }
        if (give_up.passed()) break;
        if (wait.attempts == 0) about.counts.lease_waits->Increment();
        flights_.reopen(about.own);
        co_await sleep_for(wait.next(random01()));
        flights_.depart(about.own);
    }
    about.counts.fallbacks->Increment();
    co_return co_await load_without_storing(about, false);
}

// The load begins after the lease was granted. A write that commits after the load's snapshot deletes the
// lease, and without its lease the fill is refused: a value read before a write is never stored after it.
awaitable<result<answer>> read_path::load_and_fill(const request& about, const std::string& token) {
    auto made = co_await load(about);
    if (!made) {
        // Others need not wait for a load that failed. If this fails too, the lease ends by its TTL.
        co_await l2_->release_lease(about.key, token, deadline::in(options_.l2_timeout));
        co_return made.error();
    }
    const bool is_stored = co_await store(about, token, *made);
    co_return answer{std::make_shared<const entry>(std::move(*made)),
                     {.from = source::miss, .is_stored = is_stored}};
}

awaitable<bool> read_path::store(const request& about, const std::string& token, const entry& made) {
    const auto left = made.hard_expiry - unix_now();
    const auto until = deadline::in(options_.l2_timeout);
    // An empty list says "nothing here" as an absence does, and random parameters make as many of them.
    const bool is_empty = made.kind == entry_kind::absence || made.body == "[]";
    if (left <= milliseconds::zero() || (is_empty && !absences_.take(steady_clock::now()))) {
        co_await l2_->release_lease(about.key, token, until);
        co_return false;
    }
    const std::string bytes = encode(made);
    const auto filled = co_await l2_->fill(about.key, token, bytes, left, until);
    if (!filled) {
        about.counts.l2_failures->Increment();
        // Refused rather than unreachable (too large, out of memory): others need not wait for what will not
        // come.
        const bool is_reachable = filled.error() != errc::unavailable && filled.error() != errc::timeout;
        if (is_reachable) co_await l2_->release_lease(about.key, token, deadline::in(options_.l2_timeout));
        co_return false;
    }
    (*filled ? about.counts.fills : about.counts.fills_refused)->Increment();
    co_return *filled;
}

awaitable<result<answer>> read_path::load_without_storing(const request& about, bool is_l2_down) {
    auto made = co_await load(about);
    if (!made) co_return made.error();
    co_return answer{std::make_shared<const entry>(std::move(*made)),
                     {.from = source::miss, .is_l2_down = is_l2_down}};
}

// Only a completed query with an empty result is an absence: an error is an error, and is never stored.
awaitable<result<entry>> read_path::load(const request& about) {
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
    co_return make_entry(about.what.ttl, std::move(*body), load_start, cost, random01());
}

// The entry in `stored` if it may be served; else null, and the bytes are deleted unless someone replaced
// them meanwhile.
awaitable<entry_ptr> read_path::usable(const request& about, const std::string& stored) {
    auto decoded = decode(stored);
    if (decoded && judge(*decoded, unix_now()) != freshness::expired) {
        co_return std::make_shared<const entry>(std::move(*decoded));
    }
    if (!decoded) {
        about.counts.corrupt->Increment();
        log::warn("corrupt_entry",
                  {{"resource", about.what.name}, {"key", about.key}, {"bytes", stored.size()}});
    }
    co_await l2_->discard(about.key, stored, deadline::in(options_.l2_timeout));
    co_return nullptr;
}

}  // namespace weir
