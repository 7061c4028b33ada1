#include "weir/postgres/pool_rules.hpp"

#include <algorithm>
#include <cassert>

namespace weir::postgres {

using kind = pool_rules::action::kind;

pool_rules::pool_rules(options o) : options_(o), slots_(o.size + 1, phase::empty) {
    assert(o.size > 0);
}

void pool_rules::start() {
    probe();
}

void pool_rules::stop() {
    health_ = health::stopped;
    for (const auto id : queue_)
        actions_.push_back({.what = kind::refuse, .waiter = id, .why = errc::cancelled});
    queue_.clear();
    idle_.clear();
    for (std::size_t s = 0; s < slots_.size(); ++s) {
        if (slots_[s] == phase::empty) continue;
        actions_.push_back({.what = kind::close, .slot = s});
        if (slots_[s] != phase::in_use) slots_[s] = phase::empty;  // its borrower gives it back first
    }
}

pool_rules::verdict pool_rules::acquire(waiter_id id) {
    using answer = verdict::kind;
    if (health_ == health::stopped) return {.what = answer::refused, .why = errc::cancelled};
    if (health_ == health::down) return {.what = answer::refused, .why = errc::unavailable};
    if (health_ == health::up && !idle_.empty()) {
        const auto slot = idle_.back();
        assert(slots_[slot] == phase::idle && queue_.empty());
        idle_.pop_back();
        slots_[slot] = phase::in_use;
        return {.what = answer::granted, .slot = slot};
    }
    // The bound is for requests that wait for others to end, not for those that wait only for a connect or a
    // proof.
    if (queue_.size() >= options_.queue_max + takeable()) {
        return {.what = answer::refused, .why = errc::overloaded};
    }
    queue_.push_back(id);
    open_for_waiters();
    return {.what = answer::queued};
}

void pool_rules::abandon(waiter_id id) {
    std::erase(queue_, id);
}

void pool_rules::opened(std::size_t slot) {
    if (slots_[slot] != phase::opening) return;
    if (slot == options_.size) {  // the extra slot has proved that the server is there
        slots_[slot] = phase::empty;
        actions_.push_back({.what = kind::close, .slot = slot});
    } else {
        slots_[slot] = phase::idle;
        idle_.push_back(slot);
    }
    become_up();
}

void pool_rules::open_failed(std::size_t slot, double random01) {
    if (slots_[slot] != phase::opening) return;
    slots_[slot] = phase::empty;
    // A server that answers other requests but refuses one more connection (too many clients) is not away.
    if (health_ == health::up && has_live()) {
        may_open_ = false;
        if (!has_retry_due_) {
            actions_.push_back({.what = kind::retry_later, .after = backoff_.next(random01)});
        }
        has_retry_due_ = true;
        return;
    }
    become_down(random01);
}

void pool_rules::retry_due() {
    has_retry_due_ = false;
    may_open_ = true;
    if (health_ == health::up) open_for_waiters();
    if (health_ == health::down || health_ == health::unproven) probe();
}

void pool_rules::released(std::size_t slot) {
    if (health_ == health::stopped || health_ == health::down) {
        slots_[slot] = phase::empty;
        actions_.push_back({.what = kind::close, .slot = slot});
        return;
    }
    assert(slots_[slot] == phase::in_use);
    slots_[slot] = phase::idle;
    idle_.push_back(slot);
    if (health_ == health::unproven) {  // it has just answered: proof enough
        become_up();
    } else {
        serve();
    }
}

void pool_rules::discarded(std::size_t slot) {
    slots_[slot] = phase::empty;
    open_for_waiters();
}

void pool_rules::broken(std::size_t slot) {
    slots_[slot] = phase::empty;
    std::erase(idle_, slot);
    if (health_ == health::up && !has_live())
        become_unproven();  // the loss of one session is no outage; that of the last one may be
    open_for_waiters();
}

void pool_rules::draining(std::size_t slot, bool is_lonely) {
    assert(slots_[slot] == phase::in_use);
    slots_[slot] = phase::draining;
    if (health_ == health::up && is_lonely) become_unproven();
}

void pool_rules::drained(std::size_t slot) {
    if (slots_[slot] != phase::draining) return;
    slots_[slot] = phase::empty;
    open_for_waiters();
}

std::optional<pool_rules::action> pool_rules::next_action() {
    if (actions_.empty()) return std::nullopt;
    const auto next = actions_.front();
    actions_.pop_front();
    return next;
}

std::size_t pool_rules::count(phase p) const {
    return static_cast<std::size_t>(std::count(slots_.begin(), slots_.end() - 1, p));
}

void pool_rules::become_up() {
    health_ = health::up;
    may_open_ = true;
    backoff_.reset();
    serve();
}

void pool_rules::become_down(double random01) {
    health_ = health::down;
    for (const auto id : queue_) actions_.push_back({.what = kind::refuse, .waiter = id});
    queue_.clear();
    for (const auto slot : idle_) {
        slots_[slot] = phase::empty;
        actions_.push_back({.what = kind::close, .slot = slot});
    }
    idle_.clear();
    if (!has_retry_due_) actions_.push_back({.what = kind::retry_later, .after = backoff_.next(random01)});
    has_retry_due_ = true;
}

void pool_rules::become_unproven() {
    health_ = health::unproven;
    probe();
}

// Opens one connection to prove that the server is there, unless one is being opened. It takes an empty slot,
// otherwise that of an idle connection, otherwise the extra slot.
void pool_rules::probe() {
    if (find(phase::opening)) return;
    if (const auto slot = find(phase::empty); slot && *slot < options_.size) return open(*slot);
    if (!idle_.empty()) {
        const auto slot = idle_.front();
        idle_.erase(idle_.begin());
        actions_.push_back({.what = kind::close, .slot = slot});
        return open(slot);
    }
    open(options_.size);
}

void pool_rules::open(std::size_t slot) {
    assert(slots_[slot] == phase::empty || slots_[slot] == phase::idle);
    slots_[slot] = phase::opening;
    actions_.push_back({.what = kind::open, .slot = slot});
}

void pool_rules::serve() {
    while (!queue_.empty() && !idle_.empty()) {
        const auto slot = idle_.back();
        idle_.pop_back();
        slots_[slot] = phase::in_use;
        actions_.push_back({.what = kind::grant, .slot = slot, .waiter = queue_.front()});
        queue_.pop_front();
    }
    open_for_waiters();
}

void pool_rules::open_for_waiters() {
    if (health_ != health::up || !may_open_) return;
    auto openings = count(phase::opening);
    for (std::size_t s = 0; s < options_.size && openings < queue_.size(); ++s) {
        if (slots_[s] != phase::empty) continue;
        open(s);
        ++openings;
    }
}

std::optional<std::size_t> pool_rules::find(phase p) const {
    const auto found = std::find(slots_.begin(), slots_.end(), p);
    if (found == slots_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - slots_.begin());
}

}  // namespace weir::postgres
