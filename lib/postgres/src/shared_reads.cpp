#include "weir/postgres/shared_reads.hpp"

#include "weir/async/task.hpp"

#include "read_waiter.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <utility>

namespace weir::postgres {
namespace asio = boost::asio;

class shared_reads::core : public std::enable_shared_from_this<core> {
 public:
    core(pool& over, microseconds quick_max)
        : pool_(over),
          queue_({.connections = over.size(), .queue_max = over.queue_max(), .quick_max = quick_max}),
          expiry_(over.executor()),
          gather_timer_(over.executor()) {}

    awaitable<result<table>> query(step what, deadline until);
    void stop();
    std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
    // Counts a batch worker in the queue for as long as it runs.
    struct batch_worker {
        core& of;
        bool is_acquiring = true;
        ~batch_worker() {
            if (is_acquiring) of.queue_.end_acquiring();
            of.queue_.end_worker();
        }
    };

    void add(read_queue::read r, steady_clock::time_point now);
    void begin_worker();
    void watch_gather_window(steady_clock::time_point until);
    static awaitable<void> work(std::shared_ptr<core> self);
    awaitable<void> run_batch(loan connection, read_queue::batch& b);
    bool goes_on_without_connection(errc why);
    void watch_deadlines();
    void settle();

    pool& pool_;
    read_queue queue_;
    asio::steady_timer expiry_;  // one for all reads, set for the earliest deadline
    std::optional<steady_clock::time_point> expiry_at_;
    std::atomic<std::size_t> waiting_ = 0;
    asio::steady_timer gather_timer_;  // for a batch that does not return within the gather window
    bool is_gather_watched_ = false;
    bool is_stopped_ = false;
};

shared_reads::shared_reads(pool& over, microseconds quick_max)
    : core_(std::make_shared<core>(over, quick_max)) {}

shared_reads::~shared_reads() {
    core_->stop();
}

awaitable<result<table>> shared_reads::query(const std::string& name, const std::string& sql,
                                             std::vector<sql_text> values, deadline until) {
    return core_->query({name, sql, std::move(values)}, until);
}

std::size_t shared_reads::waiting() const {
    return core_->waiting();
}

// Uses at most half of the time for the wait. A read that starts with hardly any time left would be given up
// half done, and its connection with it. Under overload that leaves less capacity, not more.
awaitable<result<table>> shared_reads::core::query(step what, deadline until) {
    auto begin = [self = shared_from_this(), what = std::move(what), until](auto handler) mutable {
        using waiter = read_waiter<decltype(handler)>;
        const auto caller = std::make_shared<waiter>(std::move(handler), self->expiry_.get_executor());
        waiter::let_cancel(caller);
        const auto now = steady_clock::now();
        self->add({std::move(what), now + (until.at() - now) / 2, until.at(), caller}, now);
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(result<table>)>(std::move(begin),
                                                                                     asio::use_awaitable);
}

void shared_reads::core::add(read_queue::read r, steady_clock::time_point now) {
    const auto caller = r.caller;
    const auto due = r.connect_by;
    if (is_stopped_) return caller->complete(errc::cancelled);
    if (r.until <= now) return caller->complete(errc::timeout);
    const auto added = queue_.add(std::move(r), pool_.free());
    if (!added) return caller->complete(errc::overloaded);
    if (expiry_at_ && due < *expiry_at_) watch_deadlines();
    settle();
    begin_worker();
}

void shared_reads::core::begin_worker() {
    const auto now = steady_clock::now();
    if (queue_.begin_worker(now)) {
        start(expiry_.get_executor(), "postgres_reads", work(shared_from_this()));
    } else if (const auto at = queue_.gather_end(now)) {
        watch_gather_window(*at);
    }
}

// Leaves the timer alone when a batch returns in time: it then serves the next batches.
void shared_reads::core::watch_gather_window(steady_clock::time_point until) {
    if (std::exchange(is_gather_watched_, true)) return;
    gather_timer_.expires_at(until);
    gather_timer_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->is_gather_watched_ = false;
        self->begin_worker();
    });
}

// Sends batches until the queue is empty. It first yields once, so that all reads of this turn of the event
// loop can join the first batch. A worker that takes only a part of the queue starts another one for the
// rest.
awaitable<void> shared_reads::core::work(std::shared_ptr<core> self) {
    batch_worker me{*self};
    co_await asio::post(self->expiry_.get_executor(), asio::use_awaitable);
    while (!self->is_stopped_ && self->queue_.waiting() > 0) {
        auto connection = co_await self->pool_.acquire(deadline{self->queue_.latest_connect_by()});
        if (!connection) {
            const auto why = static_cast<errc>(connection.error().value());
            const bool goes_on = self->goes_on_without_connection(why);
            self->settle();
            if (goes_on) continue;
            break;
        }
        auto* const batch = self->queue_.begin_batch(steady_clock::now());
        if (batch == nullptr) break;
        self->queue_.end_acquiring();
        me.is_acquiring = false;
        self->settle();
        self->begin_worker();
        co_await self->run_batch(std::move(*connection), *batch);
        self->settle();
        if (self->queue_.acquiring() > 0) break;  // that worker takes what waits
        self->queue_.begin_acquiring();
        me.is_acquiring = true;
    }
    if (self->is_stopped_) self->stop();  // ends the reads, too, that have returned to the queue since
}

// Returns whether the worker tries once more.
bool shared_reads::core::goes_on_without_connection(errc why) {
    if (why == errc::timeout) {
        queue_.expire(steady_clock::now());
        return true;
    }
    queue_.fail_waiting(why);
    return false;
}

awaitable<void> shared_reads::core::run_batch(loan connection, read_queue::batch& b) {
    auto got = co_await connection->reads(b.steps, b.latest());
    if (got) {
        queue_.complete(b, std::move(*got), steady_clock::now());
        co_return;
    }
    // The server may have closed a pooled connection without the notice having reached us. A read may be sent
    // again.
    const bool was_dead = !connection->is_open() && connection.is_reused();
    queue_.fail(b, static_cast<errc>(got.error().value()), was_dead);
}

// Updates what depends on the queue. It touches the timer when an earlier deadline comes up and when the
// queue becomes empty, not with every read.
void shared_reads::core::settle() {
    waiting_.store(queue_.waiting(), std::memory_order_relaxed);
    if (queue_.is_idle()) {
        if (expiry_at_) expiry_.cancel();
        expiry_at_.reset();
    } else if (!expiry_at_) {
        watch_deadlines();
    }
}

void shared_reads::core::watch_deadlines() {
    expiry_at_ = queue_.next_expiry();
    if (!expiry_at_) return;
    expiry_.expires_at(*expiry_at_);
    expiry_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->queue_.expire(steady_clock::now());
        self->expiry_at_.reset();
        self->settle();
    });
}

void shared_reads::core::stop() {
    is_stopped_ = true;
    queue_.fail_waiting(errc::cancelled);
    settle();
}

}  // namespace weir::postgres
