"""A Redis that fails over: one master, two replicas, three sentinels, all private."""

import os
import shutil

from processes import Child, free_port, wait_for
from servers import REDIS_PASSWORD, RedisClient, RedisError

NAME = "mymaster"
_REPLICATION = ["--masterauth", REDIS_PASSWORD, "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"]


class _Server:
    """Of the three that hold data: answers on its own socket file, whatever its role."""

    def __init__(self, folder, number):
        self.port = free_port()
        self._folder = os.path.join(folder, f"redis{number}")
        os.mkdir(self._folder)
        self.path = os.path.join(self._folder, "redis.sock")
        self._log = os.path.join(folder, f"redis{number}.log")

    def start(self, master=None):
        replica = ["--replicaof", "127.0.0.1", str(master.port)] if master else []
        self.child = Child(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.path,
                            "--save", "", "--dir", self._folder, "--requirepass", REDIS_PASSWORD, *_REPLICATION,
                            *replica], self._log)
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
        self._servers = [_Server(folder, number) for number in range(3)]
        self.master = self._servers[0]
        self.master.start()
        for replica in self._replicas():
            replica.start(self.master)
        for replica in self._replicas():
            wait_for("a replica has what the master has", replica.is_synchronous)
        self.ports = [free_port() for _ in range(3)]
        self._sentinels = [self._start_sentinel(folder, port) for port in self.ports]
        wait_for("the sentinels know each other and the replicas", self._is_complete, every=0.1)

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
            file.write(f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
                       f"sentinel monitor {NAME} 127.0.0.1 {self.master.port} 2\n"
                       f"sentinel auth-pass {NAME} {REDIS_PASSWORD}\n"
                       f"sentinel down-after-milliseconds {NAME} 500\n"
                       f"sentinel failover-timeout {NAME} 1000\nsentinel parallel-syncs {NAME} 2\n")
        return Child([shutil.which("redis-server"), path, "--sentinel"], os.path.join(folder, f"sentinel{port}.log"))

    def _ask_sentinel(self, port, *words):
        try:
            return RedisClient.ask(port, *words)
        except (OSError, RedisError):
            return None

    def _is_complete(self):
        for port in self.ports:
            told = self._ask_sentinel(port, "SENTINEL", "MASTER", NAME)
            if not told:
                return False
            facts = dict(zip(told[::2], told[1::2]))
            if (facts[b"num-other-sentinels"], facts[b"num-slaves"]) != (b"2", b"2"):
                return False
        return True

    def _named_master(self, port):
        told = self._ask_sentinel(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return int(told[1]) if told else None

    def fail_over(self):
        """Kills the master, waits for its successor, and brings the killed one back as a replica."""
        old = self.master
        old.child.kill()
        wait_for("all sentinels name another master",
                 lambda: len(named := {self._named_master(port) for port in self.ports}) == 1
                 and named.isdisjoint({old.port, None}), every=0.05)
        port = self._named_master(self.ports[0])
        self.master = next(server for server in self._servers if server.port == port)
        wait_for("the new master is one", lambda: self.master.replication()["role"] == "master")
        old.start(self.master)
        for replica in self._replicas():
            wait_for("a replica has what the master has", replica.is_synchronous)

    def stop(self):
        for child in self._sentinels:
            child.stop()
        for server in self._servers:
            server.child.stop()
