#include "weir/cache/relay.hpp"

#include "weir/async/backoff.hpp"
#include "weir/base/log.hpp"

#include <random>

namespace weir {

relay::relay(const boost::asio::any_io_executor& executor, relay_options options, outbox& pending,
             invalidator& deletes, prometheus::Registry& registry)
    : pause_(executor),
      options_(options),
      outbox_(pending),
      invalidator_(deletes),
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
    backoff between_failures{milliseconds{100}, options_.poll_interval};
    while (!pause_.is_stopped()) {
        const auto delivered = co_await round();
        note(delivered);
        milliseconds rest = options_.poll_interval;
        if (!delivered) {
            rest = between_failures.next(std::uniform_real_distribution<>{}(random));
        } else {
            between_failures.reset();
            if (*delivered == options_.batch_max) continue;  // more is waiting
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
    const auto keys = invalidator_.keys_of(rows);
    co_return co_await invalidator_.invalidate(keys);
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
