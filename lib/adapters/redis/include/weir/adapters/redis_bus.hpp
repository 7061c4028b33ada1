// The bus over Redis Pub/Sub. Commands and scripts go over a keyspace, messages come over a subscriber. The
// subscriber connects to the server that holds the bus's keys, and is given up when another server does (a
// failover, a slot that moved).
//
//     weir:registry:{weir:v1}   a hash, so that it is lost as a whole or not at all:
//         server                run_id of the Redis that it was begun on
//         since                 when it was begun, Unix ms by Redis's clock
//         sequence              the last number given
//         node:<name>           when the lease of that node runs out, Unix ms by Redis's clock
//     weir:bus:{weir:v1}        channel of the messages
//     weir:bus:{weir:v1}:<node> channel of the acknowledgements for that node
//
// Channels are common to all databases of a server. So their name has the number, unless it is zero:
// weir:bus:{weir:v1}/2.
//
// A registry that another server has begun does not count. After a restart from an old dump, or on a replica
// that was promoted, it may lack nodes that have joined since. (A user without the right to INFO cannot see
// that.)
//
// A step forward of Redis's clock ends leases early. Writes then do not wait for nodes that are slow to
// acknowledge. So the clock should be slewed (as ntpd and chrony do), not stepped.
//
// One per process, on control's executor; borrows both. Errors are those of keyspace and subscriber,
// unchanged.
#pragma once

#include "weir/cache/bus_transport.hpp"
#include "weir/redis/keyspace.hpp"
#include "weir/redis/subscriber.hpp"

#include <string>

namespace weir {

class redis_bus final : public bus_transport {
 public:
    // Makes a transport. `head` is the "prefix:version" of all keys, `db` the number of their database.
    redis_bus(redis::keyspace& commands, redis::subscriber& messages, const std::string& head, int db = 0);

    awaitable<result<void>> open(const std::string& node, deadline until) override;
    awaitable<result<std::vector<bus_event>>> receive() override;
    void close() override { messages_.close(); }
    awaitable<result<bus_membership>> join(const std::string& node, milliseconds lease,
                                           deadline until) override;
    awaitable<result<void>> leave(const std::string& node, deadline until) override;
    awaitable<result<bus_announcement>> announce(const std::string& origin,
                                                 const std::vector<std::string>& keys,
                                                 const std::vector<std::string>& tags,
                                                 deadline until) override;
    awaitable<result<void>> acknowledge(const std::string& origin, const std::string& node,
                                        std::uint64_t sequence, deadline until) override;

 private:
    std::string channel_of(const std::string& node) const { return channel_ + ":" + node; }

    redis::keyspace& commands_;
    redis::subscriber& messages_;
    const std::string channel_;
    const std::string registry_key_;
};

}  // namespace weir
