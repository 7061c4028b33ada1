// An in-memory bus behind the port bus_transport, for tests that need no server.
//
// One fake::bus stands for one Redis; each node has a fake::bus_node on it, from any thread. Everything is
// under one mutex, which is never held across a suspension. The test plays the network per bus_node, because
// node names are fresh at each join: what is announced can be lost, held back or late on its way to one of
// them, its subscription can end, its calls can fail or lose their answers. The registry's clock is the real
// one plus advance(), so that a lease of a minute can run out at once.
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/bus_transport.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::fake {

enum class bus_call { open, join, leave, announce, acknowledge };
inline constexpr std::size_t bus_calls = 5;

class bus_node;

class bus {
 public:
    std::uint64_t sequence() const;
    std::vector<live_node> live() const;

    void advance(milliseconds time);
    void clear();  // the registry and the sequence are gone: a Redis that was emptied

 private:
    friend class bus_node;

    steady_clock::time_point now() const { return steady_clock::now() + skipped_; }  // mutex held, as below
    void remove_expired();
    std::vector<live_node> live_nodes() const;
    void deliver(const bus_event& what, const std::string& only_to = {});

    mutable std::mutex mutex_;
    milliseconds skipped_{};
    steady_clock::time_point since_ =
        steady_clock::now() - std::chrono::hours{1};  // a registry that has long stood
    std::uint64_t sequence_ = 0;
    std::map<std::string, steady_clock::time_point> registry_;  // node → when its lease runs out
    std::vector<bus_node*> nodes_;
};

class bus_node final : public bus_transport {
 public:
    explicit bus_node(bus& at);
    ~bus_node() override;

    awaitable<result<void>> open(const std::string& node, deadline until) override;
    awaitable<result<std::vector<bus_event>>> receive() override;
    void close() override;
    awaitable<result<bus_membership>> join(const std::string& node, milliseconds lease,
                                           deadline until) override;
    awaitable<result<void>> leave(const std::string& node, deadline until) override;
    awaitable<result<bus_announcement>> announce(const std::string& origin,
                                                 const std::vector<std::string>& keys,
                                                 const std::vector<std::string>& tags,
                                                 deadline until) override;
    awaitable<result<void>> acknowledge(const std::string& origin, const std::string& node,
                                        std::uint64_t sequence, deadline until) override;

    // --- for the test, from any thread

    bool is_open() const;
    std::size_t calls(bus_call which) const;

    // Events on their way to this node: the next `count` are lost; held until let_through(); each is late.
    void lose_next(std::size_t count);
    void hold();
    void let_through();
    void delay(milliseconds by);
    std::size_t held() const;

    // Until further notice; nullopt restores normal service. A failing call does not act.
    void fail(bus_call which, std::optional<errc> with);
    // The call acts, and the caller is told errc::timeout.
    void lose_answers(bus_call which, bool lost);
    // The renewals and registrations from now on act at once, and their answers take so long.
    void delay_joins(milliseconds by);

    void end_subscription(errc with);
    // Packets are dropped from now on: every call is errc::timeout at its deadline and nothing arrives. With
    // `noticed_after` the subscription ends by then, as a PING without an answer would end it.
    void cut_off(std::optional<milliseconds> noticed_after = std::nullopt);
    void reconnect();

 private:
    friend class bus;
    using time_point = steady_clock::time_point;
    struct call_state {
        std::size_t count = 0;
        std::optional<errc> failure;
        bool is_answer_lost = false;
    };
    struct arrival {
        time_point at;
        bus_event what;
    };

    call_state& of(bus_call which) { return calls_[static_cast<std::size_t>(which)]; }
    // What every call does before and after it acts. Returns the error to give, or nullopt.
    awaitable<std::optional<errc>> enter(bus_call which, deadline until);
    std::optional<errc> leave_call(bus_call which);
    void hear(const bus_event& what);  // mutex of the bus held, as for the next ones
    std::vector<bus_event> take_arrived();
    std::optional<errc> end_by_now() const;
    time_point next_event() const;
    void wake();

    bus& bus_;
    bool is_subscribed_ = false;
    std::string name_;  // of the subscription
    std::optional<errc> end_;
    std::optional<time_point> ends_at_;  // with errc::timeout
    std::deque<arrival> inbox_;
    std::shared_ptr<event> signal_ = std::make_shared<event>();
    std::size_t to_lose_ = 0;
    bool is_holding_ = false;
    bool is_cut_off_ = false;
    milliseconds delay_{};
    milliseconds join_delay_{};
    std::array<call_state, bus_calls> calls_;
};

}  // namespace weir::fake
