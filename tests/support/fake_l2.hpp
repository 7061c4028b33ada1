// An in-memory L2 behind the port l2_store, for tests that need no server.
//
// One fake::l2 stands for one Redis: the stores of several nodes may share it, from several threads.
// Everything is under one mutex, which is never held across a suspension. A call of a given kind can be
// suspended before or after it has acted, and released by the test, so that any interleaving can be forced.
// Cancelled or past its deadline, a held call just leaves with errc::timeout; held before acting, it then has
// not acted. Time stands still until advance().
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/ports.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::fake {

enum class l2_call { get, ensure_versions, take_lease, fill, release_lease, discard, invalidate };
inline constexpr std::size_t l2_calls = 7;

enum class l2_hold { before_acting, after_acting };

class l2 {
 public:
    // What is stored now: under a key, or a tag's version. lease() takes the key of the value and gives the
    // token.
    std::optional<std::string> value(const std::string& key) const;
    std::optional<std::string> lease(const std::string& key) const;
    std::optional<milliseconds> ttl_left(const std::string& key) const;

    // As if another node did it, or Redis on its own account.
    void put(const std::string& key, std::string value, milliseconds ttl);
    void put_lease(const std::string& key, std::string token, milliseconds ttl);
    void evict(const std::string& key);        // the value, or a tag's version
    void evict_lease(const std::string& key);  // the lease
    void clear();                              // FLUSHALL, a restart, a failover
    void advance(milliseconds time);           // what has expired by then is gone

    // Until further notice: nullopt restores normal service. A failing call does not act.
    void fail(std::optional<errc> with);
    void fail(l2_call which, std::optional<errc> with);
    bool is_away() const;  // fails every look with errc::unavailable
    // The call acts, and the caller is told errc::timeout.
    void lose_answers(l2_call which, bool lost);

    // How many calls have begun, those that failed included.
    std::size_t calls() const;
    std::size_t calls(l2_call which) const;

    // Calls of this kind that begin from now on are suspended; until_held waits for at least so many to stand
    // still.
    void hold(l2_call which, l2_hold where);
    std::size_t held(l2_call which) const;
    awaitable<bool> until_held(l2_call which, std::size_t count, deadline until) const;
    void release_one(l2_call which);  // the one that has waited longest
    void release(l2_call which);      // all, and later ones are not held

 private:
    friend class l2_store;
    struct item {
        std::string bytes;
        milliseconds expiry{};
    };
    struct call_state {
        std::size_t count = 0;
        std::optional<errc> failure;
        bool is_answer_lost = false;
        std::optional<l2_hold> hold;
        std::vector<std::shared_ptr<event>> held;
    };
    using items = std::map<std::string, item>;

    call_state& of(l2_call which) { return calls_[static_cast<std::size_t>(which)]; }
    const call_state& of(l2_call which) const { return calls_[static_cast<std::size_t>(which)]; }
    std::shared_ptr<event> gate_of(l2_call which, l2_hold where);
    void leave(l2_call which, const std::shared_ptr<event>& gate);
    const item* find(const std::string& name) const;  // mutex held; only what has not expired
    bool holds(const std::string& lease, const std::string& token) const;
    std::optional<std::string> bytes_of(const std::string& name) const;
    void store(const std::string& name, std::string bytes, milliseconds ttl);
    std::string store_new_version(const std::string& tag);

    mutable std::mutex mutex_;
    items items_;  // values, leases and versions, by their names in Redis
    milliseconds now_{};
    std::array<call_state, l2_calls> calls_;
};

// What a node holds: the port over a fake::l2.
class l2_store final : public weir::l2_store {
 public:
    explicit l2_store(l2& redis) : l2_(redis) {}

    bool is_away() const override { return l2_.is_away(); }
    awaitable<result<l2_lookup>> get(const std::string& key, const std::vector<std::string>& tags,
                                     context within) override;
    awaitable<result<std::vector<std::string>>> ensure_versions(const std::vector<std::string>& tags,
                                                                context within) override;
    awaitable<result<lease_reply>> take_lease(const std::string& key, const std::string& seen,
                                              const std::string& token, milliseconds lease_ttl,
                                              context within) override;
    awaitable<result<bool>> fill(const std::string& key, const std::string& token, const std::string& value,
                                 milliseconds ttl, context within) override;
    awaitable<result<void>> release_lease(const std::string& key, const std::string& token,
                                          context within) override;
    awaitable<result<void>> discard(const std::string& key, const std::string& seen, context within) override;
    awaitable<result<void>> invalidate(const std::vector<std::string>& keys,
                                       const std::vector<std::string>& tags, context within) override;

 private:
    // What every call does before and after it acts. Returns the error to give, or nullopt.
    awaitable<std::optional<errc>> enter(l2_call which, deadline until);
    awaitable<std::optional<errc>> leave(l2_call which, deadline until);
    awaitable<bool> stand_still(l2_call which, l2_hold where, deadline until);

    l2& l2_;
};

}  // namespace weir::fake
