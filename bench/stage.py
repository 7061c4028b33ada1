"""The private servers of a benchmark and what they serve. Everything ends with this process."""

import os
import re
import shutil
import subprocess
import tempfile

import setting  # noqa: F401  makes the modules of tests/service importable
from client import get, raw
from cores import OTHERS, SERVER, pin
from node import Node, environment, run_weir
from processes import allow_many_sockets, wait_for
from servers import Postgres, Redis

CONFIG = os.path.join(setting.HERE, "weir.toml")
POSTGRES_SETTINGS = ("shared_buffers=256MB", "max_connections=120", "synchronous_commit=off", "autovacuum=off")


class Stage:
    """One Postgres, one Redis, and Weir as often as a measurement wants it."""

    def __init__(self):
        allow_many_sockets(40000)
        self.folder = _folder()
        self.postgres = Postgres(self.folder, POSTGRES_SETTINGS)
        self.redis = Redis(self.folder)
        self.postgres.file(os.path.join(setting.HERE, "data.sql"))
        self._count = 0
        self._check(run_weir("migrate", "--config", CONFIG, env=self.env()))
        self.spread_out()

    @staticmethod
    def _check(done):
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def env(self, **more):
        return environment(self.postgres, self.redis, **more)

    def spread_out(self):
        """As most measurements want it: the servers behind Weir do not share its core."""
        self.place(OTHERS)

    def place(self, cores):
        for child in (self.postgres.child, self.redis.child):
            pin(child.pid, cores)

    def weir(self, cores=SERVER, config=CONFIG, **env):
        self._count += 1
        node = Node(self.folder, f"weir{self._count}", self.env(**env), config)
        pin(node.child.pid, cores)
        node.wait_ready()
        return node

    def without_redis(self):
        with open(CONFIG) as file:
            text = re.sub(r"\[redis\]\n.*?\n\n", "", file.read(), flags=re.S)
        return self.write("weir-without-redis.toml", text)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def close(self):
        for server in (self.redis, self.postgres):
            if server.child.is_running():
                server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _folder():
    """Under var/bench, unless Postgres's user cannot get there (a clone in a home folder)."""
    home = os.path.join(setting.VAR, "servers")
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    can_enter = os.geteuid() != 0 or subprocess.run(["runuser", "-u", "postgres", "--", "test", "-x", home]).returncode == 0
    is_short = len(home) < 80  # a socket's path has at most 107 characters
    return home if can_enter and is_short else _elsewhere()


def _elsewhere():
    folder = tempfile.mkdtemp(prefix="weir-bench-", dir="/var/tmp")
    os.chmod(folder, 0o755)
    return folder


def whole_answer(port, target):
    """As it goes over the wire; the second one, which is a hit."""
    request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    raw(port, request)
    return raw(port, request)


def wait_for_answer(port, target, seconds=20):
    def answers():
        try:
            return get(port, target, timeout=2).status == 200
        except OSError:
            return False
    wait_for(f"127.0.0.1:{port} answers", answers, seconds)
