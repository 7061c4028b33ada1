// The bus: makes every node's L1 forget what was written on any node, before the write is acknowledged.
//
// One per process, on the control side's executor. The workers meet it only through coherence and l1. stop()
// ends it. It then distrusts its L1 and leaves the registry.
//
// What keeps it right though a message is delivered at most once:
// - A node trusts its L1 only by a lease of its own. The lease ends at the moment at which the node *sent*
//   the last renewal + lease, less a margin for clocks that run apart. So a writer need not wait for a silent
//   node any longer than the lease.
// - A renewal returns the last sequence number given. It extends the trust only once this node has received
//   everything up to that number. So a node that receives nothing (a dead subscription, a lost message) loses
//   its trust within the lease of the first message that it missed.
// - A node subscribes first and registers then, so it misses nothing in between. A gap in the numbers, a lost
//   subscription or a lapsed registration ends the session, and L1 is cleared. A new session begins under a
//   new name, so that no acknowledgement of the old one can count for it.
// - A registry that is younger than a lease may lack nodes that still trust their L1 by the one before it
//   (FLUSHALL, eviction, a restart, a failover). A writer waits until it is as old as a lease: by then those
//   nodes have registered, or have stopped trusting.
#pragma once

#include "weir/async/event.hpp"
#include "weir/async/task.hpp"
#include "weir/cache/bus_transport.hpp"
#include "weir/cache/recent_invalidations.hpp"
#include "weir/l1/coherence.hpp"
#include "weir/l1/l1.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace weir {

struct bus_options {
    milliseconds lease{1000};
    milliseconds command_timeout{250};
};

// Makes this node forget: nothing that was read before is kept in L1 or shared with a request that comes
// after. `l1` and `recent` may be null.
void forget_locally(weir::coherence& coherence, weir::l1* l1, const std::vector<std::string>& keys,
                    const std::vector<std::string>& tags, recent_invalidations* recent = nullptr);

class bus {
 public:
    // Makes a bus. `l1` and `recent` may be null. All outlive it.
    bus(boost::asio::any_io_executor executor, bus_options options, bus_transport& transport,
        weir::coherence& coherence, weir::l1* l1, prometheus::Registry& registry,
        recent_invalidations* recent = nullptr);

    // Runs one session after another until stop(), with backoff between them.
    awaitable<void> run();
    void stop();

    // Makes every node forget these names; L2 must have forgotten them already. Success means that no node
    // serves from L1, nor shares a flight of, what they stood for before. Takes at most one lease longer than
    // the announcement itself. errc::timeout: the deadline came first, and a node may not have forgotten.
    awaitable<result<void>> announce(const std::vector<std::string>& keys,
                                     const std::vector<std::string>& tags, deadline until);

 private:
    struct wait;  // a writer's, for the nodes that have not acknowledged yet
    struct listed_wait;
    struct renewal {
        std::uint64_t sequence;
        steady_clock::time_point trusted_until;
    };

    awaitable<void> session();
    awaitable<bool> enter();
    awaitable<void> stay();
    awaitable<void> listen();
    awaitable<void> renew_often();
    awaitable<void> acknowledge(std::string origin, std::uint64_t sequence);
    bool on_message(const bus_message& message, std::vector<std::string>& origins);
    void on_acknowledgement(const bus_acknowledgement& acknowledgement);
    void extend_trust();
    void leave_session(const char* why);
    awaitable<bool> wait_for_all(wait& own, bus_announcement announced, deadline until);

    boost::asio::any_io_executor executor_;
    bus_options options_;
    bus_transport& transport_;
    coherence& coherence_;
    l1* l1_;
    recent_invalidations* recent_;
    pause pause_;
    std::string node_;                                           // of this session
    std::uint64_t received_ = 0;                                 // everything up to this number
    std::optional<renewal> pending_;                             // waits until its number is received
    const char* why_ended_ = nullptr;                            // of this session
    std::shared_ptr<event> joined_ = std::make_shared<event>();  // of this session, or of the next one
    std::list<std::shared_ptr<wait>> waits_;
    std::minstd_rand random_{std::random_device{}()};

    prometheus::Gauge& coherent_;
    prometheus::Counter& sessions_;
    prometheus::Counter& messages_;
    prometheus::Counter& announcements_;
    prometheus::Counter& unacknowledged_;
};

}  // namespace weir
