// What the bus needs from the outside: messages that reach every node in one order and at most once, and a
// registry of the nodes that trust their L1. It is implemented by lib/adapters with Redis, and by
// tests/support with a fake.
//
// One per process, used on one executor. Every call but receive() ends by its deadline.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/base/error.hpp"
#include "weir/base/time.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace weir {

// Names to forget. Never values: messages may arrive in another order than the writes that caused them.
struct bus_message {
    std::uint64_t sequence = 0;
    std::string origin;  // the node that announced it and waits for acknowledgements
    std::vector<std::string> keys;
    std::vector<std::string> tags;
};

// `node` has forgotten everything up to and including `sequence`.
struct bus_acknowledgement {
    std::string node;
    std::uint64_t sequence = 0;
};

using bus_event = std::variant<bus_message, bus_acknowledgement>;

struct live_node {
    std::string name;
    milliseconds lease_left{};  // by the registry's clock; after it the node trusts its L1 no more
};

struct bus_announcement {
    std::uint64_t sequence = 0;   // the one that this message got, or the last one of several
    std::vector<live_node> live;  // at the moment of that number, the announcing node included
    // The age of the registry. One that was lost (FLUSHALL, eviction, a restart, a failover) begins anew. It
    // is complete once it is as old as a lease: a node that is not in it by then trusts its L1 no more.
    milliseconds registry_age{};
};

struct bus_membership {
    std::uint64_t sequence = 0;  // the last one given when the registry was asked
    bool was_member = false;     // false: the lease had run out, or the registry has forgotten this node
};

class bus_transport {
 public:
    virtual ~bus_transport() = default;

    // Subscribes to all messages and to the acknowledgements for `node`. What is announced after it has
    // returned comes out of receive(), in order; a lost message shows as a missing number.
    virtual awaitable<result<void>> open(const std::string& node, deadline until) = 0;

    // Waits for at least one event. An error ends the subscription (errc::unavailable: lost; errc::timeout:
    // the peer no longer answers a PING): open() again. One caller at a time.
    virtual awaitable<result<std::vector<bus_event>>> receive() = 0;

    // Ends the subscription, if there is one; receive() then returns errc::cancelled.
    virtual void close() = 0;

    // Registers `node` until `lease` from now by the registry's clock, or renews its registration, and reads
    // the sequence, in one atomic step.
    virtual awaitable<result<bus_membership>> join(const std::string& node, milliseconds lease,
                                                   deadline until) = 0;
    virtual awaitable<result<void>> leave(const std::string& node, deadline until) = 0;

    // Takes the next sequence number, publishes, and reads the live nodes, in one atomic step. After an error
    // it may have been published or not. Many names become several messages.
    virtual awaitable<result<bus_announcement>> announce(const std::string& origin,
                                                         const std::vector<std::string>& keys,
                                                         const std::vector<std::string>& tags,
                                                         deadline until) = 0;

    // Tells `origin` that `node` has forgotten everything up to `sequence`.
    virtual awaitable<result<void>> acknowledge(const std::string& origin, const std::string& node,
                                                std::uint64_t sequence, deadline until) = 0;
};

}  // namespace weir
