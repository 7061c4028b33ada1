"""A Redis that fails over: one master, two replicas, three sentinels, all private."""

import os
import shutil

from processes import Child, free_port, wait_for
from servers import REDIS_PASSWORD, RedisClient, RedisError

NAME = "mymaster"
# A node of a Cluster lists a replica from its master's first ping on: after a second, not after ten.
_REPLICATION = ["--masterauth", REDIS_PASSWORD, "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
                "--repl-ping-replica-period", "1"]


class Server:
    """One of several that hold data: answers on its own socket file, whatever its role."""

    def __init__(self, folder, number, *extra):
        self._extra = extra
        self.port = free_port()
        self._folder = os.path.join(folder, f"redis{number}")
        os.mkdir(self._folder)
        self.path = os.path.join(self._folder, "redis.sock")
        self._log = os.path.join(folder, f"redis{number}.log")

    def start(self, master=None):
        replica = ["--replicaof", "127.0.0.1", str(master.port)] if master else []
        self.child = Child(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.path,
                            "--save", "", "--dir", self._folder, "--requirepass", REDIS_PASSWORD, *_REPLICATION,
                            *self._extra, *replica], self._log)
        wait_for("Redis answers", self._answers)

    def __call__(self, *words):
        """On a connection of its own: sentinels cut all others when they give a server its role."""
        client = RedisClient(self.path)
        try:
            return client(*words)
        finally:
            client.close()

    def _answers(self):
        try:
            return self("PING") == b"PONG"
        except (OSError, RedisError):
            return False

    def replication(self):
        lines = self("INFO", "replication").decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def is_synchronous(self):
        return self.replication().get("master_link_status") == "up"


class RedisSentinel:
    def __init__(self, folder):
        self._servers = [Server(folder, number) for number in range(3)]
        self.master = self._servers[0]
        self.master.start()
        for replica in self._replicas():
            replica.start(self.master)
        self.ports = [free_port() for _ in range(3)]
        self._sentinels = [self._start_sentinel(folder, port) for port in self.ports]
        wait_for("the sentinels know each other and the replicas", self._is_settled, every=0.1)

    @property
    def url(self):
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"redis+sentinel://:{REDIS_PASSWORD}@{hosts}/{NAME}/0"

    def __call__(self, *words):
        return self.master(*words)

    def _replicas(self):
        return [server for server in self._servers if server is not self.master]

    def _start_sentinel(self, folder, port):
        path = os.path.join(folder, f"sentinel{port}.conf")
        with open(path, "w") as file:
            # Sooner than 1 s a sentinel takes a master that it has not yet connected to for a dead one.
            file.write(f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
                       f"sentinel monitor {NAME} 127.0.0.1 {self.master.port} 2\n"
                       f"sentinel auth-pass {NAME} {REDIS_PASSWORD}\n"
                       f"sentinel down-after-milliseconds {NAME} 1200\n"
                       f"sentinel failover-timeout {NAME} 3000\nsentinel parallel-syncs {NAME} 2\n")
        return Child([shutil.which("redis-server"), path, "--sentinel"], os.path.join(folder, f"sentinel{port}.log"))

    def _ask_sentinel(self, port, *words):
        try:
            return RedisClient.ask(port, *words)
        except (OSError, RedisError):
            return None

    def _is_settled(self):
        """All sentinels see the same master and its two replicas, and nothing is under way."""
        for port in self.ports:
            told = self._ask_sentinel(port, "SENTINEL", "MASTER", NAME)
            facts = dict(zip(told[::2], told[1::2])) if told else {}
            wanted = {b"port": b"%d" % self.master.port, b"flags": b"master", b"num-other-sentinels": b"2",
                      b"num-slaves": b"2"}
            if any(facts.get(name) != value for name, value in wanted.items()):
                return False
        return all(replica.is_synchronous() for replica in self._replicas())

    def _successor(self, old):
        told = [self._ask_sentinel(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME) for port in self.ports]
        named = {int(address[1]) if address else old.port for address in told}
        return named.pop() if len(named) == 1 and old.port not in named else None

    def fail_over(self):
        """Kills the master, waits for its successor, and brings the killed one back as a replica."""
        old = self.master
        old.child.kill()
        successor = wait_for("all sentinels name the same other master", lambda: self._successor(old), every=0.05)
        self.master = next(server for server in self._servers if server.port == successor)
        old.start(self.master)
        wait_for("the failover is over", self._is_settled, every=0.1)

    def stop(self):
        for child in self._sentinels:
            child.stop()
        for server in self._servers:
            server.child.stop()
