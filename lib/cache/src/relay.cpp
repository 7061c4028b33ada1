#include "weir/cache/relay.hpp"

#include "weir/async/backoff.hpp"
#include "weir/base/log.hpp"

#include <algorithm>
#include <random>

namespace weir {

relay::relay(const boost::asio::any_io_executor& executor, relay_options options, outbox& pending,
             invalidator& deletes, admissions& servers, prometheus::Registry& registry)
    : pause_(executor),
      options_(options),
      outbox_(pending),
      invalidator_(deletes),
      admissions_(servers),
      delivered_(prometheus::BuildCounter()
                     .Name("weir_relay_rows_total")
                     .Help("Outbox rows whose deletes the relay delivered")
                     .Register(registry)
                     .Add({})),
      failures_(prometheus::BuildCounter()
                    .Name("weir_relay_failures_total")
                    .Help("Relay rounds that failed; the rows stay and are tried again")
                    .Register(registry)
                    .Add({})) {}

awaitable<void> relay::run() {
    std::minstd_rand random{std::random_device{}()};
    backoff between_failures{milliseconds{20}, 2 * options_.poll_interval};
    while (!pause_.is_stopped()) {
        co_await admit_servers();
        const auto delivered = co_await round();
        note(delivered);
        milliseconds rest = options_.poll_interval;
        if (!delivered) {
            rest = between_failures.next(std::uniform_real_distribution<>{}(random));
        } else {
            between_failures.reset();
            if (*delivered == options_.batch_max) continue;  // more is waiting
            if (!admissions_.asked().empty()) rest = std::min(rest, milliseconds{10});
            co_await forget_old();
        }
        const bool goes_on = co_await pause_.rest(rest);
        if (!goes_on) co_return;
    }
}

awaitable<result<std::size_t>> relay::round() {
    outbox::delivery delivery = [this](std::vector<outbox_row> rows) { return deliver(std::move(rows)); };
    co_return co_await outbox_.deliver_pending(options_.batch_max, std::move(delivery),
                                               deadline::in(options_.round_timeout));
}

awaitable<result<void>> relay::deliver(std::vector<outbox_row> rows) {
    const auto began = steady_clock::now();
    const touched names = invalidator_.touched_by(rows);
    const auto deleted = co_await invalidator_.invalidate(names);
    if (!deleted) co_return deleted.error();
    const auto took = steady_clock::now() - began;
    for (const outbox_row& row : rows) {
        if (row.age > milliseconds::zero())
            invalidator_.observe_lag(invalidator::carrier::relay, row.age + took);
    }
    co_return result<void>{};
}

// An unknown server is admitted when all that it could have brought back was delivered once more; the rounds
// in between do that.
awaitable<void> relay::admit_servers() {
    for (const std::string& identity : admissions_.asked()) {
        const auto admitted = co_await outbox_.admit(identity, deadline::in(options_.round_timeout));
        if (!admitted || !*admitted) continue;
        admissions_.admit(identity);
        log::info("redis_admitted", {{"identity", identity}});
    }
}

awaitable<void> relay::forget_old() {
    if (steady_clock::now() < forget_next_) co_return;
    const auto removed =
        co_await outbox_.forget(options_.retention, options_.batch_max, deadline::in(options_.round_timeout));
    const bool is_more = removed && *removed == options_.batch_max;
    forget_next_ = steady_clock::now() + (is_more ? options_.poll_interval : options_.forget_interval);
}

void relay::note(const result<std::size_t>& delivered) {
    if (delivered) {
        delivered_.Increment(static_cast<double>(*delivered));
        if (is_failing_) log::info("relay_recovered", {{"rows", *delivered}});
        is_failing_ = false;
        return;
    }
    failures_.Increment();
    if (!is_failing_) log::warn("relay_failing", {{"why", delivered.error().message()}});
    is_failing_ = true;
}

}  // namespace weir
