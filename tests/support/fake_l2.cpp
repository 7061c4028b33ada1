#include "support/fake_l2.hpp"

#include "weir/async/task.hpp"
#include "weir/base/hash.hpp"
#include "weir/policy/key.hpp"

#include <algorithm>
#include <utility>

namespace weir::fake {
namespace {

constexpr auto version_ttl = std::chrono::hours{7 * 24};

}  // namespace

std::optional<std::string> l2::value(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return bytes_of(key);
}

std::optional<std::string> l2::lease(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return bytes_of(lease_key(key));
}

std::optional<milliseconds> l2::ttl_left(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const item* found = find(key);
    if (found == nullptr) return std::nullopt;
    return found->expiry - now_;
}

void l2::put(const std::string& key, std::string value, milliseconds ttl) {
    const std::lock_guard lock(mutex_);
    store(key, std::move(value), ttl);
}

void l2::put_lease(const std::string& key, std::string token, milliseconds ttl) {
    const std::lock_guard lock(mutex_);
    store(lease_key(key), std::move(token), ttl);
}

void l2::evict(const std::string& key) {
    const std::lock_guard lock(mutex_);
    items_.erase(key);
}

void l2::evict_lease(const std::string& key) {
    const std::lock_guard lock(mutex_);
    items_.erase(lease_key(key));
}

void l2::clear() {
    const std::lock_guard lock(mutex_);
    items_.clear();
}

void l2::advance(milliseconds time) {
    const std::lock_guard lock(mutex_);
    now_ += time;
}

void l2::fail(std::optional<errc> with) {
    const std::lock_guard lock(mutex_);
    for (call_state& call : calls_) call.failure = with;
}

void l2::fail(l2_call which, std::optional<errc> with) {
    const std::lock_guard lock(mutex_);
    of(which).failure = with;
}

bool l2::is_away() const {
    const std::lock_guard lock(mutex_);
    return of(l2_call::get).failure == errc::unavailable;
}

void l2::lose_answers(l2_call which, bool lost) {
    const std::lock_guard lock(mutex_);
    of(which).is_answer_lost = lost;
}

std::size_t l2::calls() const {
    const std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const call_state& call : calls_) sum += call.count;
    return sum;
}

std::size_t l2::calls(l2_call which) const {
    const std::lock_guard lock(mutex_);
    return of(which).count;
}

void l2::hold(l2_call which, l2_hold where) {
    const std::lock_guard lock(mutex_);
    of(which).hold = where;
}

std::size_t l2::held(l2_call which) const {
    const std::lock_guard lock(mutex_);
    return of(which).held.size();
}

awaitable<bool> l2::until_held(l2_call which, std::size_t count, deadline until) const {
    while (held(which) < count) {
        if (until.passed()) co_return false;
        co_await sleep_for(milliseconds{1});
    }
    co_return true;
}

void l2::release_one(l2_call which) {
    std::shared_ptr<event> first;
    {
        const std::lock_guard lock(mutex_);
        auto& held = of(which).held;
        if (held.empty()) return;
        first = held.front();
        held.erase(held.begin());
    }
    first->set();
}

void l2::release(l2_call which) {
    std::vector<std::shared_ptr<event>> all;
    {
        const std::lock_guard lock(mutex_);
        of(which).hold.reset();
        all.swap(of(which).held);
    }
    for (const auto& gate : all) gate->set();
}

std::shared_ptr<event> l2::gate_of(l2_call which, l2_hold where) {
    const std::lock_guard lock(mutex_);
    if (of(which).hold != where) return nullptr;
    auto gate = std::make_shared<event>();
    of(which).held.push_back(gate);
    return gate;
}

void l2::leave(l2_call which, const std::shared_ptr<event>& gate) {
    const std::lock_guard lock(mutex_);
    std::erase(of(which).held, gate);
}

const l2::item* l2::find(const std::string& name) const {
    const auto found = items_.find(name);
    return found == items_.end() || found->second.expiry <= now_ ? nullptr : &found->second;
}

bool l2::holds(const std::string& lease, const std::string& token) const {
    const item* found = find(lease);
    return found != nullptr && found->bytes == token;
}

std::optional<std::string> l2::bytes_of(const std::string& name) const {
    const item* found = find(name);
    if (found == nullptr) return std::nullopt;
    return found->bytes;
}

void l2::store(const std::string& name, std::string bytes, milliseconds ttl) {
    items_[name] = {std::move(bytes), now_ + ttl};
}

std::string l2::store_new_version(const std::string& tag) {
    std::string version = random_token();
    store(tag, version, version_ttl);
    return version;
}

// --- l2_store

awaitable<bool> l2_store::stand_still(l2_call which, l2_hold where, deadline until) {
    const auto gate = l2_.gate_of(which, where);
    if (!gate) co_return true;
    const bool released = co_await gate->wait(until);
    l2_.leave(which, gate);
    co_return released;
}

awaitable<std::optional<errc>> l2_store::enter(l2_call which, deadline until) {
    {
        const std::lock_guard lock(l2_.mutex_);
        ++l2_.of(which).count;
        if (l2_.of(which).failure) co_return l2_.of(which).failure;
    }
    if (until.passed()) co_return errc::timeout;
    const bool released = co_await stand_still(which, l2_hold::before_acting, until);
    if (!released) co_return errc::timeout;
    co_return std::nullopt;
}

awaitable<std::optional<errc>> l2_store::leave(l2_call which, deadline until) {
    const bool released = co_await stand_still(which, l2_hold::after_acting, until);
    if (!released) co_return errc::timeout;
    const std::lock_guard lock(l2_.mutex_);
    if (l2_.of(which).is_answer_lost) co_return errc::timeout;
    co_return std::nullopt;
}

awaitable<result<l2_lookup>> l2_store::get(const std::string& key, const std::vector<std::string>& tags,
                                           context within) {
    const auto kept_out = co_await enter(l2_call::get, within.until);
    if (kept_out) co_return *kept_out;
    l2_lookup found;
    {
        const std::lock_guard lock(l2_.mutex_);
        found.value = l2_.bytes_of(key);
        for (const std::string& tag : tags) found.tag_versions.push_back(l2_.bytes_of(tag));
    }
    const auto failure = co_await leave(l2_call::get, within.until);
    if (failure) co_return *failure;
    co_return found;
}

awaitable<result<std::vector<std::string>>> l2_store::ensure_versions(const std::vector<std::string>& tags,
                                                                      context within) {
    const auto kept_out = co_await enter(l2_call::ensure_versions, within.until);
    if (kept_out) co_return *kept_out;
    std::vector<std::string> versions;
    {
        const std::lock_guard lock(l2_.mutex_);
        for (const std::string& tag : tags) {
            auto found = l2_.bytes_of(tag);
            if (found && found->empty()) co_return errc::rejected;
            versions.push_back(found ? std::move(*found) : l2_.store_new_version(tag));
        }
    }
    const auto failure = co_await leave(l2_call::ensure_versions, within.until);
    if (failure) co_return *failure;
    co_return versions;
}

awaitable<result<lease_reply>> l2_store::take_lease(const std::string& key, const std::string& seen,
                                                    const std::string& token, milliseconds lease_ttl,
                                                    context within) {
    const auto kept_out = co_await enter(l2_call::take_lease, within.until);
    if (kept_out) co_return *kept_out;
    lease_reply reply;
    {
        const std::lock_guard lock(l2_.mutex_);
        const std::string lease = lease_key(key);
        auto found = l2_.bytes_of(key);
        const bool is_news = found && (seen.empty() || !found->starts_with(seen));
        if (is_news) {
            reply = {lease_reply::outcome::present, std::move(*found)};
        } else if (l2_.find(lease) == nullptr || l2_.holds(lease, token)) {
            if (l2_.find(lease) == nullptr) l2_.store(lease, token, lease_ttl);
            reply.what = lease_reply::outcome::granted;
        }
    }
    const auto failure = co_await leave(l2_call::take_lease, within.until);
    if (failure) co_return *failure;
    co_return reply;
}

awaitable<result<bool>> l2_store::fill(const std::string& key, const std::string& token,
                                       const std::string& value, milliseconds ttl, context within) {
    const auto kept_out = co_await enter(l2_call::fill, within.until);
    if (kept_out) co_return *kept_out;
    bool stored = false;
    {
        const std::lock_guard lock(l2_.mutex_);
        const std::string lease = lease_key(key);
        stored = l2_.holds(lease, token);
        if (stored) {
            if (ttl > milliseconds::zero()) {
                l2_.store(key, value, ttl);
            } else {
                l2_.items_.erase(key);
            }
            l2_.items_.erase(lease);
        }
    }
    const auto failure = co_await leave(l2_call::fill, within.until);
    if (failure) co_return *failure;
    co_return stored;
}

awaitable<result<void>> l2_store::release_lease(const std::string& key, const std::string& token,
                                                context within) {
    const auto kept_out = co_await enter(l2_call::release_lease, within.until);
    if (kept_out) co_return *kept_out;
    {
        const std::lock_guard lock(l2_.mutex_);
        const std::string lease = lease_key(key);
        if (l2_.holds(lease, token)) l2_.items_.erase(lease);
    }
    const auto failure = co_await leave(l2_call::release_lease, within.until);
    if (failure) co_return *failure;
    co_return result<void>{};
}

awaitable<result<void>> l2_store::discard(const std::string& key, const std::string& seen, context within) {
    const auto kept_out = co_await enter(l2_call::discard, within.until);
    if (kept_out) co_return *kept_out;
    {
        const std::lock_guard lock(l2_.mutex_);
        if (l2_.bytes_of(key) == seen) l2_.items_.erase(key);
    }
    const auto failure = co_await leave(l2_call::discard, within.until);
    if (failure) co_return *failure;
    co_return result<void>{};
}

awaitable<result<void>> l2_store::invalidate(const std::vector<std::string>& keys,
                                             const std::vector<std::string>& tags, context within) {
    const auto kept_out = co_await enter(l2_call::invalidate, within.until);
    if (kept_out) co_return *kept_out;
    {
        const std::lock_guard lock(l2_.mutex_);
        for (const std::string& key : keys) {
            l2_.items_.erase(key);
            l2_.items_.erase(lease_key(key));
        }
        for (const std::string& tag : tags) l2_.items_.erase(tag);
    }
    const auto failure = co_await leave(l2_call::invalidate, within.until);
    if (failure) co_return *failure;
    co_return result<void>{};
}

}  // namespace weir::fake
