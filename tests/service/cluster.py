"""A Redis Cluster: three masters with a third of the slots each and a replica each, all private."""

import re

from processes import free_port, wait_for
from sentinel import Server
from servers import REDIS_PASSWORD, RedisError

_NODE = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-announce-ip", "127.0.0.1"]
_SLOTS = [(0, 5460), (5461, 10922), (10923, 16383)]


class RedisCluster:
    def __init__(self, folder):
        # Else it is the port and 10000, among those that the kernel hands to outgoing connections.
        bus_ports = [free_port() for _ in range(6)]
        self._servers = [Server(folder, number, *_NODE, "--cluster-port", str(port)) for number, port in enumerate(bus_ports)]
        for number, server in enumerate(self._servers):
            server.start()
            server("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for server, slots in zip(self._servers, _SLOTS):
            server("CLUSTER", "ADDSLOTSRANGE", *slots)
        wait_for("the nodes know each other", lambda: self._introduce(bus_ports), every=0.1)
        for master, replica in zip(self._servers, self._servers[3:]):
            wait_for("a replica knows its master", lambda: self._replicates(replica, master), every=0.1)
        wait_for("the cluster serves every slot", self._is_settled, every=0.1)

    @property
    def url(self):
        return f"redis+cluster://:{REDIS_PASSWORD}@" + ",".join(f"127.0.0.1:{s.port}" for s in self._servers[:3])

    def _introduce(self, bus_ports):
        """Whether every node knows every other. A node that does not answer MEET within the node timeout is forgotten, as
        happens on a busy machine, so those that are not known are met again."""
        first = self._servers[0]
        known = self._known_ports(first)
        for server, bus_port in zip(self._servers, bus_ports):
            if server.port not in known:
                first("CLUSTER", "MEET", "127.0.0.1", server.port, bus_port)
        return all(len(self._known_ports(server)) == len(self._servers) for server in self._servers)

    @staticmethod
    def _known_ports(server):
        """Of the nodes that answered. Each line: id ip:port@bus flags …"""
        lines = [line.split() for line in server("CLUSTER", "NODES").decode().splitlines()]
        return {int(re.split("[:@]", address)[1]) for _, address, flags, *_ in lines if "handshake" not in flags}

    @staticmethod
    def _replicates(replica, master):
        try:
            return replica("CLUSTER", "REPLICATE", master("CLUSTER", "MYID")) == b"OK"
        except RedisError:
            return False

    def _all_say(self, line):
        return all(line in s("CLUSTER", "INFO").decode() for s in self._servers if s.child.is_running())

    def _is_settled(self):
        """Every node knows the same masters, and each has a replica that is up to date."""
        if not self._all_say("cluster_state:ok"):
            return False
        tables = [sorted((first, last, master[1], len(replicas)) for first, last, master, *replicas
                         in server("CLUSTER", "SLOTS")) for server in self._servers]
        is_complete = all(replicas == 1 for *_, replicas in tables[0])
        return is_complete and all(table == tables[0] for table in tables) and all(
            server.is_synchronous() for server in self._servers if server.replication()["role"] == "slave")

    def owner(self, key):
        """The master that has the key's slot, as the others know it."""
        witness = next(s for s in self._servers if s.child.is_running())
        slot = witness("CLUSTER", "KEYSLOT", key)
        port = next(master[1] for first, last, master, *_ in witness("CLUSTER", "SLOTS") if first <= slot <= last)
        return next(s for s in self._servers if s.port == port)

    def fail_over(self, key):
        """Kills the master that has the key, waits for its successor, and brings it back as a replica."""
        old = self.owner(key)
        old.child.kill()
        wait_for("another master has the key", lambda: self.owner(key) is not old and self._all_say("cluster_state:ok"),
                 every=0.05)
        old.start()
        wait_for("the failover is over", self._is_settled, every=0.1)

    def move(self, key):
        """The key's slot with all its keys goes to another master."""
        source = self.owner(key)
        target = next(s for s in self._servers if s is not source and s.replication()["role"] == "master")
        slot = source("CLUSTER", "KEYSLOT", key)
        target("CLUSTER", "SETSLOT", slot, "IMPORTING", source("CLUSTER", "MYID"))
        source("CLUSTER", "SETSLOT", slot, "MIGRATING", target("CLUSTER", "MYID"))
        while names := source("CLUSTER", "GETKEYSINSLOT", slot, 100):
            source("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "AUTH", REDIS_PASSWORD, "KEYS", *names)
        for server in (target, source):
            server("CLUSTER", "SETSLOT", slot, "NODE", target("CLUSTER", "MYID"))
        wait_for("all know where the slot is", lambda: self.owner(key) is target and self._is_settled(), every=0.05)

    def stop(self):
        for server in self._servers:
            server.child.stop()
