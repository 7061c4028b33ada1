#include "weir/postgres/pool.hpp"

#include "pool_core.hpp"

#include <boost/asio/as_tuple.hpp>

#include <utility>

namespace weir::postgres {
namespace asio = boost::asio;

loan::loan(std::shared_ptr<pool_core> from, std::size_t slot)
    : core_(std::move(from)),
      slot_(slot),
      connection_(core_->at(slot)),
      is_reused_(core_->mark_used(slot)),
      answers_before_(core_->answers()) {}

loan::~loan() {
    if (core_) core_->give_back(slot_, answers_before_);
}

pool::pool(const asio::any_io_executor& executor, pool_options options)
    : core_(std::make_shared<pool_core>(executor, std::move(options))) {
    core_->start();
}

pool::~pool() {
    core_->stop();
}

awaitable<result<loan>> pool::acquire(deadline until) {
    return core_->acquire(until);
}

void pool::stop() {
    core_->stop();
}

const pool_stats& pool::stats() const {
    return core_->stats();
}

asio::any_io_executor pool::executor() const {
    return core_->executor();
}

std::size_t pool::size() const {
    return core_->options().size;
}

std::size_t pool::queue_max() const {
    return core_->options().queue_max;
}

std::size_t pool::free() const {
    return core_->free();
}

pool_core::waiter::~waiter() {
    core.waiters_.erase(id);
    if (is_woken) return;
    core.rules_.abandon(id);  // late, or cancelled
    core.publish();
}

awaitable<result<loan>> pool_core::acquire(deadline until) {
    const auto self = shared_from_this();  // a request may still wait when the pool is destroyed
    if (until.passed()) co_return errc::timeout;
    waiter me(*this);
    me.id = next_waiter_++;
    using kind = pool_rules::verdict::kind;
    auto answer = rules_.acquire(me.id);
    while (answer.what == kind::granted && !is_alive(answer.slot)) answer = rules_.acquire(me.id);
    if (answer.what != kind::queued) me.is_woken = true;
    if (answer.what == kind::granted) {
        act();
        co_return loan(self, answer.slot);
    }
    if (answer.what == kind::refused) co_return answer.why;
    waiters_[me.id] = &me;
    act();
    me.timer.expires_at(until.at());
    if (!me.is_woken) co_await me.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!me.granted) co_return me.failure;
    // Nothing suspends between the grant and here, so no cancellation loses the slot.
    co_return loan(self, *me.granted);
}

}  // namespace weir::postgres
