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
          line_({.connections = over.size(), .queue_max = over.queue_max(), .quick_max = quick_max}),
          expiry_(over.executor()),
          company_(over.executor()) {}

    awaitable<result<table>> ask(step what, deadline until);
    void stop();
    std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
    struct runner {  // its place in the line's count, for as long as it runs
        core& of;
        bool is_asking = true;
        ~runner() {
            if (is_asking) of.line_.stop_asking();
            of.line_.end_runner();
        }
    };

    void add(read_line::read r, steady_clock::time_point now);
    void begin_runner();
    void watch_company(steady_clock::time_point until);
    static awaitable<void> run(std::shared_ptr<core> self);
    awaitable<void> travel(loan seat, read_line::trip& t);
    bool goes_on_without_seat(errc why);
    void watch_deadlines();
    void settle();

    pool& pool_;
    read_line line_;
    asio::steady_timer expiry_;  // one for all reads, set for the earliest deadline
    std::optional<steady_clock::time_point> expiry_at_;
    std::atomic<std::size_t> waiting_ = 0;
    asio::steady_timer company_;  // for when a trip is not back as soon as others count on
    bool is_company_watched_ = false;
    bool is_stopped_ = false;
};

shared_reads::shared_reads(pool& over, microseconds quick_max)
    : core_(std::make_shared<core>(over, quick_max)) {}

shared_reads::~shared_reads() {
    core_->stop();
}

awaitable<result<table>> shared_reads::ask(const std::string& name, const std::string& sql,
                                           std::vector<sql_text> values, deadline until) {
    return core_->ask({name, sql, std::move(values)}, until);
}

std::size_t shared_reads::waiting() const {
    return core_->waiting();
}

// Half of the time is for waiting: a read that starts with none left would be given up half done, and its
// connection with it, which under overload leaves less capacity, not more.
awaitable<result<table>> shared_reads::core::ask(step what, deadline until) {
    auto begin = [self = shared_from_this(), what = std::move(what), until](auto handler) mutable {
        using waiter = read_waiter<decltype(handler)>;
        const auto who = std::make_shared<waiter>(std::move(handler), self->expiry_.get_executor());
        waiter::let_cancel(who);
        const auto now = steady_clock::now();
        self->add({std::move(what), now + (until.at() - now) / 2, until.at(), who}, now);
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(result<table>)>(std::move(begin),
                                                                                     asio::use_awaitable);
}

void shared_reads::core::add(read_line::read r, steady_clock::time_point now) {
    const auto who = r.who;
    const auto due = r.seated_by;
    if (is_stopped_) return who->complete(errc::cancelled);
    if (r.until <= now) return who->complete(errc::timeout);
    const auto added = line_.add(std::move(r), pool_.free());
    if (!added) return who->complete(errc::overloaded);
    if (expiry_at_ && due < *expiry_at_) watch_deadlines();
    settle();
    begin_runner();
}

void shared_reads::core::begin_runner() {
    const auto now = steady_clock::now();
    if (line_.begin_runner(now)) {
        start(expiry_.get_executor(), "postgres_reads", run(shared_from_this()));
    } else if (const auto at = line_.company_end(now)) {
        watch_company(*at);
    }
}

// Not touched when the trip is back in time: it is for the next ones then.
void shared_reads::core::watch_company(steady_clock::time_point until) {
    if (std::exchange(is_company_watched_, true)) return;
    company_.expires_at(until);
    company_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->is_company_watched_ = false;
        self->begin_runner();
    });
}

// First it lets all have their say who are to have it in this turn of the event loop. Whoever takes only a
// part of the line along leaves the rest to another one.
awaitable<void> shared_reads::core::run(std::shared_ptr<core> self) {
    runner place{*self};
    co_await asio::post(self->expiry_.get_executor(), asio::use_awaitable);
    while (!self->is_stopped_ && self->line_.waiting() > 0) {
        auto seat = co_await self->pool_.acquire(deadline{self->line_.patience_end()});
        if (!seat) {
            const bool goes_on = self->goes_on_without_seat(static_cast<errc>(seat.error().value()));
            self->settle();
            if (goes_on) continue;
            break;
        }
        auto* const trip = self->line_.board(steady_clock::now());
        if (trip == nullptr) break;
        self->line_.stop_asking();
        place.is_asking = false;
        self->settle();
        self->begin_runner();
        co_await self->travel(std::move(*seat), *trip);
        self->settle();
        if (self->line_.asking() > 0) break;  // who takes what waits
        self->line_.ask_again();
        place.is_asking = true;
    }
    if (self->is_stopped_) self->stop();  // also whoever came back to the line since
}

bool shared_reads::core::goes_on_without_seat(errc why) {
    if (why == errc::timeout) {
        line_.expire(steady_clock::now());
        return true;
    }
    line_.refuse(why);
    return false;
}

awaitable<void> shared_reads::core::travel(loan seat, read_line::trip& t) {
    auto got = co_await seat->reads(t.steps, t.latest());
    if (got) {
        line_.arrived(t, std::move(*got), steady_clock::now());
        co_return;
    }
    // The server had closed a pooled connection and the notice had not reached us. A read may simply be read
    // again.
    const bool was_dead = !seat->is_open() && seat.is_reused();
    line_.failed(t, static_cast<errc>(got.error().value()), was_dead);
}

// The timer is touched when an earlier deadline comes up and when nobody is left, not with every read.
void shared_reads::core::settle() {
    waiting_.store(line_.waiting(), std::memory_order_relaxed);
    if (line_.is_idle()) {
        if (expiry_at_) expiry_.cancel();
        expiry_at_.reset();
    } else if (!expiry_at_) {
        watch_deadlines();
    }
}

void shared_reads::core::watch_deadlines() {
    expiry_at_ = line_.next_expiry();
    if (!expiry_at_) return;
    expiry_.expires_at(*expiry_at_);
    expiry_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->line_.expire(steady_clock::now());
        self->expiry_at_.reset();
        self->settle();
    });
}

void shared_reads::core::stop() {
    is_stopped_ = true;
    line_.refuse(errc::cancelled);
    settle();
}

}  // namespace weir::postgres
