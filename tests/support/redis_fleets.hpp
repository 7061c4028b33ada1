// Several private Redis servers that know each other: a master with replicas and sentinels, and a Cluster.
// Blocking, as the servers themselves (support/servers.hpp); all is settled when a constructor or a failover
// returns.
#pragma once

#include "support/servers.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::test {

// One master, two replicas, three sentinels that need two votes. The master is called mymaster.
class sentinel_fleet {
 public:
    sentinel_fleet();

    std::string url() const;  // redis+sentinel://…
    private_redis& master();  // as the sentinels know it
    private_redis& sentinel(std::size_t i) { return *sentinels_.at(i); }

    // Kills the master; another one has taken over and the killed one has not come back.
    void fail_over();

 private:
    bool is_settled(const private_redis& master, std::size_t replicas) const;

    std::vector<std::unique_ptr<private_redis>> servers_;
    std::vector<std::unique_ptr<private_redis>> sentinels_;
};

// Makes a sentinel watch a master.
void monitor(private_redis& sentinel, const private_redis& master, int votes);

// Three masters with a third of the slots each, and a replica for each of them if asked for.
class private_cluster {
 public:
    explicit private_cluster(bool with_replicas = true);

    std::string url() const;                                      // redis+cluster://… of two nodes
    private_redis& owner_of(std::uint16_t slot) const;            // a master, as the others know it
    private_redis& other_than(const private_redis& owner) const;  // another master

    // From here on the slot is on its way from its owner to `target`: what the owner no longer has is asked
    // for there. Then its keys, then the slot itself.
    void begin_move(std::uint16_t slot, private_redis& target);
    void move_keys(std::uint16_t slot, private_redis& target);
    void end_move(std::uint16_t slot, private_redis& target);

    // Kills the owner of the slot; its replica has taken over.
    void fail_over(std::uint16_t slot);

 private:
    bool all_have_met(const std::vector<std::string>& bus_ports) const;
    void introduce(const std::vector<std::string>& bus_ports);
    bool is_settled() const;
    private_redis& with_port(const std::string& port) const;

    bool all_say(const std::string& line) const;

    std::vector<std::unique_ptr<private_redis>> nodes_;  // three masters, then their replicas
};

}  // namespace weir::test
