#include "weir/cache/relay.hpp"

#include "weir/base/log.hpp"

#include <algorithm>
#include <cassert>
#include <random>
#include <utility>

namespace weir {

relay::relay(const boost::asio::any_io_executor& executor, relay_options options, outbox& pending,
             invalidation& follows, admissions& servers, prometheus::Registry& registry, const consumer* self)
    : executor_(executor),
      pause_(executor),
      options_(options),
      outbox_(pending),
      invalidation_(follows),
      admissions_(servers),
      self_(self),
      delivered_(prometheus::BuildCounter()
                     .Name("weir_relay_rows_total")
                     .Help("Outbox rows whose invalidation the relay delivered")
                     .Register(registry)
                     .Add({})),
      failures_(prometheus::BuildCounter()
                    .Name("weir_relay_failures_total")
                    .Help("Relay rounds that failed; their rows stay and are tried again")
                    .Register(registry)
                    .Add({})) {}

awaitable<void> relay::run() {
    while (!pause_.is_stopped()) {
        if (may_admit()) co_await admit_servers();
        // A round may wait for the lease of a node that hangs. Rows that fall due meanwhile must not wait
        // with it.
        if (may_deliver() && rounds_ < rounds_max) {
            rounds_ += 1;
            start(executor_, "relay_round", round());
        }
        if (may_deliver()) co_await forget_old();
        const bool goes_on = co_await pause_.wait(pause_length());
        if (!goes_on) co_return;
    }
}

milliseconds relay::pause_length() {
    if (is_failing_) return between_failures_.next(std::uniform_real_distribution<>{}(random_));
    // A worker that waits for an admission serves without L2.
    return admissions_.asked().empty() ? options_.poll_interval
                                       : std::min(options_.poll_interval, milliseconds{10});
}

awaitable<void> relay::round() {
    outbox::delivery delivery = [this](std::vector<outbox_row> rows) { return deliver(std::move(rows)); };
    result<std::size_t> delivered = errc::cancelled;
    try {
        delivered = co_await outbox_.deliver_pending(options_.batch_max, std::move(delivery),
                                                     deadline::in(options_.round_timeout));
    } catch (...) {
        rounds_ -= 1;  // or a few defects would end all rounds
        throw;
    }
    assert(rounds_ > 0);
    rounds_ -= 1;
    note(delivered);
    is_more_due_ = delivered && *delivered == options_.batch_max;
    if (is_more_due_) wake();
}

awaitable<result<void>> relay::deliver(std::vector<outbox_row> rows) {
    const auto began = steady_clock::now();
    const touched_names names = co_await invalidation_.touched_by(rows);
    const auto forgotten = co_await invalidation_.run(names.all, context::without_end());
    if (!forgotten.is_complete()) {
        failed_step_ = forgotten.failed_step;
        co_return forgotten.why;
    }
    const auto took = steady_clock::now() - began;
    for (const outbox_row& row : rows) {
        if (row.age > milliseconds::zero())
            invalidation_.observe_lag(invalidation::carrier::relay, row.age + took);
    }
    co_return result<void>{};
}

// Admits an unknown server once all that it could have brought back was delivered once more. The rounds in
// between do that.
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
        between_failures_.reset();
        delivered_.Increment(static_cast<double>(*delivered));
        if (is_failing_) log::info("relay_recovered", {{"rows", *delivered}});
        is_failing_ = false;
        return;
    }
    failures_.Increment();
    const auto step = std::exchange(failed_step_, {});
    if (!is_failing_) {
        log::warn("relay_failing",
                  {{"step", step.empty() ? "outbox" : step}, {"why", delivered.error().message()}});
    }
    is_failing_ = true;
}

}  // namespace weir
