#include "pool_core.hpp"

#include "weir/async/task.hpp"
#include "weir/base/log.hpp"

#include <utility>

namespace weir::postgres {
namespace asio = boost::asio;

pool_core::pool_core(asio::any_io_executor executor, pool_options options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      rules_({.size = options_.size, .queue_max = options_.queue_max}),
      slots_(options_.size + 1),
      retry_timer_(executor_) {
    options_.to.set_session_option("statement_timeout", options_.statement_timeout);
    options_.to.set_session_option("idle_in_transaction_session_timeout",
                                   options_.idle_in_transaction_timeout);
}

void pool_core::start() {
    rules_.start();
    act();
}

void pool_core::stop() {
    rules_.stop();
    retry_timer_.cancel();
    act();
}

void pool_core::act() {
    while (const auto next = rules_.next_action()) act_on(*next);
    publish();
}

void pool_core::act_on(const pool_rules::action& what) {
    using kind = pool_rules::action::kind;
    switch (what.what) {
        case kind::open:
            return begin_open(what.slot);
        case kind::close:
            return close(what.slot);
        case kind::grant:
        case kind::refuse:
            return wake(what);
        case kind::retry_later:
            return retry_later(what.after);
    }
}

// Closes a slot. A connection that is on loan is only told to stop: its borrower gives it back.
void pool_core::close(std::size_t index) {
    auto& s = slots_[index];
    ++s.generation;
    if (s.busy != nullptr) std::exchange(s.busy, nullptr)->cancel();
    if (!s.idle_or_used) return;
    if (rules_.at(index) == pool_rules::phase::in_use) {
        s.idle_or_used->cancel();
    } else {
        s.idle_or_used.reset();
    }
}

void pool_core::wake(const pool_rules::action& what) {
    const bool is_grant = what.what == pool_rules::action::kind::grant;
    if (is_grant) take(what.slot);
    auto& w = *waiters_.at(what.waiter);
    w.is_woken = true;
    if (is_grant) w.granted = what.slot;
    w.failure = what.why;
    w.timer.cancel();
}

void pool_core::retry_later(milliseconds after) {
    retry_timer_.expires_after(after);
    retry_timer_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->rules_.retry_due();
        self->act();
    });
}

void pool_core::begin_open(std::size_t index) {
    auto& s = slots_[index];
    auto fresh = std::make_unique<connection>(executor_);
    s.busy = fresh.get();
    weir::start(executor_, "postgres_open",
                open(shared_from_this(), std::move(fresh), index, ++s.generation));
}

awaitable<void> pool_core::open(std::shared_ptr<pool_core> self, std::unique_ptr<connection> fresh,
                                std::size_t index, std::uint64_t generation) {
    const auto connected =
        co_await fresh->connect(self->options_.to, deadline::in(self->options_.connect_timeout));
    auto& s = self->slots_[index];
    if (s.generation != generation) co_return;  // closed meanwhile
    s.busy = nullptr;
    if (connected) {
        s.idle_or_used = std::move(fresh);
        s.was_used = false;
        ++self->answers_;
        ++self->stats_.opened;
        self->rules_.opened(index);
        if (self->rules_.at(index) == pool_rules::phase::idle) self->watch(index);
    } else {
        ++self->stats_.open_failures;
        self->last_failure_ = connected.error().message() + ' ' + fresh->last_error().message;
        self->rules_.open_failed(index, self->random01());
    }
    self->act();
}

void pool_core::give_back(std::size_t index, std::uint64_t answers_before) {
    auto& s = slots_[index];
    auto& given = *s.idle_or_used;
    ++s.generation;
    if (rules_.state() == pool_rules::health::stopped) {  // no coroutine is left to wait for the server
        s.idle_or_used.reset();
        rules_.discarded(index);
    } else if (given.is_busy()) {
        begin_drain(index, answers_before == answers_);
    } else if (!given.is_open()) {
        s.idle_or_used.reset();
        rules_.broken(index);
    } else if (!given.is_reusable()) {
        s.idle_or_used.reset();
        rules_.discarded(index);
    } else {
        ++answers_;
        rules_.released(index);
        if (rules_.at(index) == pool_rules::phase::idle) watch(index);
    }
    act();
}

void pool_core::begin_drain(std::size_t index, bool is_lonely) {
    auto& s = slots_[index];
    const bool is_late = s.idle_or_used->has_missed_deadline();
    if (is_late) ++stats_.missed_deadlines;
    s.busy = s.idle_or_used.get();
    weir::start(executor_, "postgres_drain",
                drain(shared_from_this(), std::move(s.idle_or_used), index, s.generation));
    rules_.draining(index, is_late && is_lonely);
}

// Holds the slot until the server is done with the statement that was given up on. statement_timeout ends it
// there.
awaitable<void> pool_core::drain(std::shared_ptr<pool_core> self, std::unique_ptr<connection> held,
                                 std::size_t index, std::uint64_t generation) {
    co_await held->drain(deadline::in(self->options_.statement_timeout + seconds{1}));
    auto& s = self->slots_[index];
    if (s.generation != generation) co_return;
    s.busy = nullptr;
    held.reset();
    self->rules_.drained(index);
    self->act();
}

void pool_core::take(std::size_t index) {
    slots_[index].idle_or_used->stop_watching();
    ++slots_[index].generation;
}

// Returns whether a connection that was just granted is still alive. Its end may have arrived without the
// handler that tells us having run. A write, which is never sent twice, must not pay for that.
bool pool_core::is_alive(std::size_t index) {
    take(index);
    if (slots_[index].idle_or_used->still_there()) return true;
    slots_[index].idle_or_used.reset();
    rules_.broken(index);
    return false;
}

void pool_core::watch(std::size_t index) {
    const auto generation = slots_[index].generation;
    slots_[index].idle_or_used->watch([weak = weak_from_this(), index, generation] {
        if (const auto self = weak.lock()) self->on_readable(index, generation);
    });
}

void pool_core::on_readable(std::size_t index, std::uint64_t generation) {
    auto& s = slots_[index];
    if (s.generation != generation || !s.idle_or_used) return;
    if (s.idle_or_used->still_there()) return watch(index);
    s.idle_or_used.reset();
    rules_.broken(index);
    act();
}

void pool_core::publish() {
    using phase = pool_rules::phase;
    stats_.in_use = rules_.count(phase::in_use);
    stats_.idle = rules_.count(phase::idle);
    stats_.draining = rules_.count(phase::draining);
    stats_.waiting = rules_.waiting();
    using health = pool_rules::health;
    const auto state = rules_.state();
    stats_.is_up = state == health::up;
    if (state != health::up && state != health::down) return;  // not known yet
    if (was_up_ == (state == health::up)) return;
    was_up_ = state == health::up;
    if (state == health::up) {
        log::info("postgres_up", {{"address", options_.to.describe()}});
    } else {
        log::warn("postgres_down", {{"address", options_.to.describe()}, {"message", last_failure_}});
    }
}

}  // namespace weir::postgres
