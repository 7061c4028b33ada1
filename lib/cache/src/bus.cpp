#include "weir/cache/bus.hpp"

#include "weir/async/backoff.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"

#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

namespace weir {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

deadline nearer(deadline a, deadline b) {
    return a.at() < b.at() ? a : b;
}

}  // namespace

void forget_locally(weir::coherence& coherence, weir::l1* l1, const std::vector<std::string>& keys,
                    const std::vector<std::string>& tags, recent_invalidations* recent) {
    // Epochs first: an insert of an older read is refused from now on, and what was inserted before is erased
    // below.
    coherence.forget(keys, tags);
    if (l1 != nullptr) l1->forget(keys);
    if (recent == nullptr) return;
    const auto now = unix_now();
    recent->note(keys, now);
    recent->sample(keys, now);
    recent->note(tags, now);
}

// Acknowledgements may overtake the answer that has the sequence number, so they are collected from before
// the announcement on.
struct bus::wait {
    std::map<std::string, std::uint64_t> acknowledged;  // by node, the highest number
    std::uint64_t sequence = 0;                         // zero: not known yet
    std::set<std::string> missing;
    event complete;

    void on_acknowledgement(const bus_acknowledgement& a) {
        auto& highest = acknowledged[a.node];
        highest = std::max(highest, a.sequence);
        if (sequence == 0 || a.sequence < sequence) return;
        if (missing.erase(a.node) != 0 && missing.empty()) complete.set();
    }

    void expect(const bus_announcement& announced) {
        assert(sequence == 0);  // expected once
        sequence = announced.sequence;
        for (const live_node& node : announced.live) {
            const auto it = acknowledged.find(node.name);
            if (it == acknowledged.end() || it->second < sequence) missing.insert(node.name);
        }
    }
};

struct bus::listed_wait {
    bus& at;
    std::list<std::shared_ptr<wait>>::iterator where;
    ~listed_wait() { at.waits_.erase(where); }
};

bus::bus(boost::asio::any_io_executor executor, bus_options options, bus_transport& transport,
         weir::coherence& coherence, weir::l1* l1, prometheus::Registry& registry,
         recent_invalidations* recent)
    : executor_(std::move(executor)),
      options_(options),
      transport_(transport),
      coherence_(coherence),
      l1_(l1),
      recent_(recent),
      pause_(executor_),
      coherent_(prometheus::BuildGauge()
                    .Name("weir_bus_coherent")
                    .Help("1 while this node is registered on the bus and may trust its L1")
                    .Register(registry)
                    .Add({})),
      sessions_(counter(registry, "weir_bus_sessions_total",
                        "Registrations on the bus; all after the first mean that L1 was cleared")),
      messages_(counter(registry, "weir_bus_messages_total", "Invalidation messages received")),
      announcements_(counter(registry, "weir_bus_announcements_total", "Invalidations announced")),
      unacknowledged_(
          counter(registry, "weir_bus_unacknowledged_total",
                  "Announcements that waited for a node's lease instead of its acknowledgement")) {}

awaitable<void> bus::run() {
    backoff between{milliseconds{10}, options_.lease};
    while (!pause_.is_stopped()) {
        const auto began = steady_clock::now();
        co_await session();
        if (steady_clock::now() - began > options_.lease) between.reset();
        const auto rest = between.next(std::uniform_real_distribution<>{}(random_));
        const bool goes_on = co_await pause_.wait(rest);
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
        log::info("bus_joined", {{"node", node_}, {"sequence", received_}});
        co_await stay();
    }
    leave_session(why_ended_ != nullptr ? why_ended_ : "the bus cannot be reached");
    if (is_in) co_await transport_.leave(node_, deadline::in(options_.command_timeout));
}

// Runs both loops until one of them ends. The other is then cancelled.
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

// Subscribes first, so that everything announced after the number that the registry returns is received.
// Returns false if the bus cannot be reached.
awaitable<bool> bus::enter() {
    const auto opened = co_await transport_.open(node_, deadline::in(options_.lease));
    if (!opened) co_return false;
    const auto sent = steady_clock::now();
    const auto joined =
        co_await transport_.join(node_, options_.lease, deadline::in(options_.command_timeout));
    if (!joined) co_return false;
    received_ = joined->sequence;
    pending_ = renewal{joined->sequence, sent + options_.lease - options_.lease / 20};
    // Trust that returns also ends every note. A flight that read before the registration may have read what
    // was forgotten before it, and no writer waited for this node then.
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
                is_gapless = is_gapless && on_message(*message, origins);
            } else {
                on_acknowledgement(std::get<bus_acknowledgement>(e));
            }
        }
        if (!is_gapless) {
            why_ended_ = "a message was missed";
            co_return;
        }
        for (const std::string& origin : origins)
            start(executor_, "acknowledge", acknowledge(origin, received_));
        extend_trust();
    }
}

// Returns false if a number is missing. An old number is from before the registration, or of a Redis that
// lost the sequence (FLUSHALL, eviction). To forget too much is harmless, and the next renewal shows which of
// the two it was.
bool bus::on_message(const bus_message& message, std::vector<std::string>& origins) {
    forget_locally(coherence_, l1_, message.keys, message.tags, recent_);
    if (message.sequence <= received_) return true;
    if (message.sequence != received_ + 1) return false;
    received_ = message.sequence;
    messages_.Increment();
    if (message.origin == node_) {
        on_acknowledgement({node_, received_});
    } else if (std::find(origins.begin(), origins.end(), message.origin) == origins.end()) {
        origins.push_back(message.origin);
    }
    return true;
}

void bus::on_acknowledgement(const bus_acknowledgement& acknowledgement) {
    for (const auto& w : waits_) w->on_acknowledgement(acknowledgement);
}

// Sends the acknowledgement once. If it gets lost, the writer waits for this node's lease.
awaitable<void> bus::acknowledge(std::string origin, std::uint64_t sequence) {
    const std::string node = node_;
    co_await transport_.acknowledge(origin, node, sequence, deadline::in(options_.command_timeout));
}

awaitable<void> bus::renew_often() {
    while (true) {
        co_await sleep_for(options_.lease / 4);
        const auto sent = steady_clock::now();
        const auto received_when_sent = received_;  // more may be received before the answer comes
        const auto renewed =
            co_await transport_.join(node_, options_.lease, deadline::in(options_.lease / 2));
        if (!renewed || !renewed->was_member) {
            why_ended_ = renewed ? "the registration had lapsed" : "the registration could not be renewed";
            co_return;
        }
        if (renewed->sequence < received_when_sent) {
            why_ended_ = "the sequence went back";
            co_return;
        }
        pending_ = renewal{renewed->sequence, sent + options_.lease - options_.lease / 20};
        extend_trust();
    }
}

void bus::extend_trust() {
    if (!pending_ || pending_->sequence > received_) return;
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
                                      const std::vector<std::string>& tags, deadline until) {
    // Without a subscription no acknowledgement is received, and every other node would cost its lease. A
    // session is back in milliseconds, or not soon.
    const auto joined = joined_;
    co_await joined->wait(until.at_most(options_.command_timeout));

    const auto own = std::make_shared<wait>();
    const listed_wait listed{*this, waits_.insert(waits_.end(), own)};
    const std::string origin = node_;
    auto announced =
        co_await transport_.announce(origin, keys, tags, until.at_most(options_.command_timeout));
    if (!announced) co_return announced.error();
    announcements_.Increment();
    if (fault("skip_acknowledgement")) co_return result<void>{};
    own->expect(*announced);
    const bool have_all_forgotten = co_await wait_for_all(*own, std::move(*announced), until);
    if (!have_all_forgotten) co_return errc::timeout;
    co_return result<void>{};
}

// Waits until every node has acknowledged or has lost its trust: the nodes of the registry by their leases,
// those that a young registry does not know by its age. Returns false if the deadline comes first.
awaitable<bool> bus::wait_for_all(wait& own, bus_announcement announced, deadline until) {
    milliseconds longest{};
    for (const live_node& node : announced.live) {
        if (own.missing.count(node.name) != 0) longest = std::max(longest, node.lease_left);
    }
    const auto leases_end = deadline::in(longest + milliseconds{1});
    const auto registry_is_whole = deadline::in(options_.lease - announced.registry_age);
    const bool is_young = !registry_is_whole.passed();
    if (is_young) co_await sleep_for(nearer(registry_is_whole, until).left());
    bool have_acknowledged = own.missing.empty();
    if (!have_acknowledged) have_acknowledged = co_await own.complete.wait(nearer(leases_end, until));
    if (!have_acknowledged || is_young) unacknowledged_.Increment();
    co_return (have_acknowledged || leases_end.passed()) && registry_is_whole.passed();
}

}  // namespace weir
