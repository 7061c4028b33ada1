#include "weir/cache/bus.hpp"

#include "weir/async/backoff.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"

#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace weir {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

void forget_here(coherence& heard, l1* first, const std::vector<std::string>& keys,
                 const std::vector<std::string>& tags, recent_invalidations* recent) {
    // Epochs first: whoever inserts from now on is refused, and what was inserted before is erased below.
    heard.forget(keys, tags);
    if (first != nullptr) first->forget(keys);
    if (recent == nullptr) return;
    const auto now = unix_now();
    recent->note(keys, now);
    recent->sample(keys, now);
    recent->note(tags, now);
}

// Acknowledgements may overtake the answer that tells the sequence number, so they are collected from before
// the announcement.
struct bus::wait {
    std::map<std::string, std::uint64_t> acknowledged;  // by node, the highest number
    std::uint64_t sequence = 0;                         // zero: not known yet
    std::set<std::string> missing;
    event complete;

    void hear(const bus_acknowledgement& a) {
        auto& highest = acknowledged[a.node];
        highest = std::max(highest, a.sequence);
        if (sequence == 0 || a.sequence < sequence) return;
        if (missing.erase(a.node) != 0 && missing.empty()) complete.set();
    }

    void expect(const bus_announcement& announced) {
        sequence = announced.sequence;
        for (const live_node& node : announced.live) {
            const auto it = acknowledged.find(node.name);
            if (it == acknowledged.end() || it->second < sequence) missing.insert(node.name);
        }
    }
};

struct bus::place_in_line {
    bus& at;
    std::list<std::shared_ptr<wait>>::iterator where;
    ~place_in_line() { at.waits_.erase(where); }
};

bus::bus(boost::asio::any_io_executor executor, bus_options options, bus_transport& transport,
         coherence& heard, l1* first, prometheus::Registry& registry, recent_invalidations* recent)
    : executor_(std::move(executor)),
      options_(options),
      transport_(transport),
      coherence_(heard),
      l1_(first),
      recent_(recent),
      pause_(executor_),
      coherent_(prometheus::BuildGauge()
                    .Name("weir_bus_coherent")
                    .Help("1 while this node is registered on the bus and may trust its L1")
                    .Register(registry)
                    .Add({})),
      sessions_(counter(registry, "weir_bus_sessions_total",
                        "Registrations on the bus; all after the first mean that L1 was cleared")),
      messages_(counter(registry, "weir_bus_messages_total", "Invalidation messages heard")),
      announcements_(counter(registry, "weir_bus_announcements_total", "Invalidations announced")),
      unheard_(counter(registry, "weir_bus_unacknowledged_total",
                       "Announcements that waited for a node's lease instead of its acknowledgement")) {}

awaitable<void> bus::run() {
    backoff between{milliseconds{10}, options_.lease};
    while (!pause_.is_stopped()) {
        const auto began = steady_clock::now();
        co_await session();
        if (steady_clock::now() - began > options_.lease) between.reset();
        const auto rest = between.next(std::uniform_real_distribution<>{}(random_));
        const bool goes_on = co_await pause_.rest(rest);
        if (!goes_on) break;
    }
}

void bus::stop() {
    pause_.stop();
    transport_.close();
}

awaitable<void> bus::session() {
    node_ = random_token();
    why_ended_ = nullptr;
    const bool is_in = co_await enter();
    if (is_in) {
        sessions_.Increment();
        coherent_.Set(1);
        log::info("bus_joined", {{"node", node_}, {"sequence", heard_}});
        co_await stay();
    }
    leave_session(why_ended_ != nullptr ? why_ended_ : "the bus cannot be reached");
    if (is_in) co_await transport_.leave(node_, deadline::in(options_.command_timeout));
}

// Until one of the two loops ends; the other is cancelled.
awaitable<void> bus::stay() {
    namespace asio = boost::asio;
    const auto [order, listening, renewing] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor_, listen(), asio::deferred),
            asio::co_spawn(executor_, renew_often(), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    const auto& failure = order[0] == 0 ? listening : renewing;
    if (failure && !pause_.is_stopped()) std::rethrow_exception(failure);
}

// Subscribed first: whatever is announced after the number that the registry returns will be heard.
awaitable<bool> bus::enter() {
    const auto opened = co_await transport_.open(node_, deadline::in(options_.lease));
    if (!opened) co_return false;
    const auto sent = steady_clock::now();
    const auto joined =
        co_await transport_.join(node_, options_.lease, deadline::in(options_.command_timeout));
    if (!joined) co_return false;
    heard_ = joined->sequence;
    pending_ = renewal{joined->sequence, sent + options_.lease - options_.lease / 20};
    // Trust that returns also ends every note: what departed before the registration may have read what was
    // forgotten before it, and nobody waited for us then.
    extend_trust();
    joined_->set();
    co_return true;
}

awaitable<void> bus::listen() {
    while (true) {
        const auto events = co_await transport_.receive();
        if (!events) {
            if (why_ended_ == nullptr) why_ended_ = "the subscription was lost";
            co_return;
        }
        std::vector<std::string> origins;
        bool is_gapless = true;
        for (const bus_event& e : *events) {
            if (const auto* message = std::get_if<bus_message>(&e)) {
                is_gapless = is_gapless && hear(*message, origins);
            } else {
                hear(std::get<bus_acknowledgement>(e));
            }
        }
        if (!is_gapless) {
            why_ended_ = "a message was missed";
            co_return;
        }
        for (const std::string& origin : origins)
            start(executor_, "acknowledge", acknowledge(origin, heard_));
        extend_trust();
    }
}

// False: a number is missing. An old number is from before the registration, or of a Redis that lost the
// sequence (FLUSHALL, eviction): to forget too much is harmless, and the next renewal tells which it was.
bool bus::hear(const bus_message& message, std::vector<std::string>& origins) {
    forget_here(coherence_, l1_, message.keys, message.tags, recent_);
    if (message.sequence <= heard_) return true;
    if (message.sequence != heard_ + 1) return false;
    heard_ = message.sequence;
    messages_.Increment();
    if (message.origin == node_) {
        hear(bus_acknowledgement{node_, heard_});
    } else if (std::find(origins.begin(), origins.end(), message.origin) == origins.end()) {
        origins.push_back(message.origin);
    }
    return true;
}

void bus::hear(const bus_acknowledgement& acknowledgement) {
    for (const auto& w : waits_) w->hear(acknowledgement);
}

// If it gets lost, the writer waits for our lease.
awaitable<void> bus::acknowledge(std::string origin, std::uint64_t sequence) {
    const std::string node = node_;
    co_await transport_.acknowledge(origin, node, sequence, deadline::in(options_.command_timeout));
}

awaitable<void> bus::renew_often() {
    while (true) {
        co_await sleep_for(options_.lease / 4);
        const auto sent = steady_clock::now();
        const auto heard_when_sent = heard_;  // more may be heard before the answer comes
        const auto renewed =
            co_await transport_.join(node_, options_.lease, deadline::in(options_.lease / 2));
        if (!renewed || !renewed->was_member) {
            why_ended_ = renewed ? "the registration had lapsed" : "the registration could not be renewed";
            co_return;
        }
        if (renewed->sequence < heard_when_sent) {
            why_ended_ = "the sequence went back";
            co_return;
        }
        pending_ = renewal{renewed->sequence, sent + options_.lease - options_.lease / 20};
        extend_trust();
    }
}

void bus::extend_trust() {
    if (!pending_ || pending_->sequence > heard_) return;
    coherence_.trust_until(pending_->trusted_until);
    pending_.reset();
}

void bus::leave_session(const char* why) {
    transport_.close();
    pending_.reset();
    // What was kept since the trust was lost (degraded answers) is of that generation and ends with it.
    const bool was_trusted = coherence_.generation() % 2 == 0;
    coherence_.distrust();
    if (l1_ != nullptr && was_trusted) l1_->clear();
    if (coherent_.Value() == 0) return;
    coherent_.Set(0);
    joined_ = std::make_shared<event>();
    log::warn("bus_left", {{"node", node_}, {"why", why}});
}

awaitable<result<void>> bus::announce(const std::vector<std::string>& keys,
                                      const std::vector<std::string>& tags) {
    // Without a subscription no acknowledgement is heard, and every other node would cost us its lease. A
    // session is back in milliseconds, or not soon.
    const auto joined = joined_;
    co_await joined->wait(deadline::in(options_.command_timeout));

    const auto own = std::make_shared<wait>();
    const place_in_line line{*this, waits_.insert(waits_.end(), own)};
    const std::string origin = node_;
    auto announced = co_await transport_.announce(origin, keys, tags, deadline::in(options_.command_timeout));
    if (!announced) co_return announced.error();
    announcements_.Increment();
    if (fault("skip_acknowledgement")) co_return result<void>{};
    own->expect(*announced);
    co_await wait_for_silent(*own, std::move(*announced));
    co_return result<void>{};
}

// Until everyone has acknowledged, or trusts no more: the nodes of the registry by their leases, those that a
// new registry does not know by its age.
awaitable<void> bus::wait_for_silent(wait& own, bus_announcement announced) {
    milliseconds longest{};
    for (const live_node& node : announced.live) {
        if (own.missing.count(node.name) != 0) longest = std::max(longest, node.lease_left);
    }
    const auto leases_end = deadline::in(longest + milliseconds{1});
    const auto unknown = options_.lease - announced.registry_age;
    if (unknown > milliseconds::zero()) co_await sleep_for(unknown);
    bool is_complete = own.missing.empty();
    if (!is_complete) is_complete = co_await own.complete.wait(leases_end);
    if (!is_complete || unknown > milliseconds::zero()) unheard_.Increment();
}

}  // namespace weir
