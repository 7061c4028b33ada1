"""One `weir serve` process on free ports, and what a test asks of it."""

import json
import os
import re
import signal
import subprocess

import client
from processes import Child, free_port, wait_for
from servers import ROOT

BINARY = os.environ.get("WEIR_BINARY", os.path.join(ROOT, "build", "release", "weir"))
IS_SANITIZED = any(name in BINARY.split(os.sep) for name in ("asan", "tsan"))  # several times slower
SHIPPED = os.path.join(ROOT, "config", "weir.toml")
TOKEN = "admin-secret-4d1e"
_ANSI_FREE_ENV = {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "/usr/bin:/bin")}


def environment(postgres=None, redis=None, **more):
    """Nothing of the caller's WEIR_* leaks in; sanitizers end the process with a code that no test expects."""
    env = dict(_ANSI_FREE_ENV, WEIR_ADMIN_TOKEN=TOKEN)
    for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
        env[name] = ":".join(filter(None, [os.environ.get(name), "exitcode=99"]))
    if postgres:
        env["WEIR_POSTGRES_URL"] = postgres.url
    if redis:
        env["WEIR_REDIS_URL"] = redis.url
    env.update(more)
    return env


def run_weir(*words, env=None, timeout=60):
    """A command that ends by itself: check, migrate, or a serve that must refuse."""
    return subprocess.run([BINARY, *words], env=env or environment(), capture_output=True, text=True, timeout=timeout,
                          cwd=ROOT)


class Node:
    def __init__(self, folder, name, env, config=SHIPPED, binary=BINARY, keeps_ports=False, log_path=None):
        self.name = name
        self.port = self.admin_port = None
        self._keeps_ports = keeps_ports
        self._binary = binary
        self._config = config
        self._env = env
        self._log = log_path or os.path.join(folder, f"{name}.log")
        self.start()

    def start(self, config=None):
        """With another file, from now on, if one is given."""
        self._config = config or self._config
        self.launch()
        self.wait_alive()

    def launch(self, **env):
        """Again after kill() or stop(): on new ports, unless it keeps its own. Does not wait for it."""
        if not (self._keeps_ports and self.port):
            self.port, self.admin_port = free_port(), free_port()
        self._env.update(env, WEIR_LISTEN=f"127.0.0.1:{self.port}", WEIR_ADMIN_LISTEN=f"127.0.0.1:{self.admin_port}")
        self.child = Child([self._binary, "serve", "--config", self._config], self._log, env=self._env, cwd=ROOT)
        self.was_killed = False

    def wait_alive(self):
        wait_for(f"{self.name} answers", self._answers, every=0.01)

    def _answers(self):
        """Alive is enough here: a test may start a node while a dependency is away."""
        if not self.child.is_running():
            raise AssertionError(f"{self.name} ended at start:\n{self.child.log()[-3000:]}")
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def wait_ready(self, seconds=20.0):
        wait_for(f"{self.name} is ready", lambda: self.get("/readyz").status == 200, seconds)

    def kill(self):
        self.was_killed = True
        self.child.kill()

    def stop(self, number=signal.SIGINT):
        """In order; SIGINT, because SIGTERM would first go on accepting for the shutdown_delay."""
        return self.child.stop(number, seconds=30)

    def log(self):
        return self.child.log()

    def get(self, target, headers=None, **more):
        return client.get(self.port, target, headers=headers, **more)

    def admin(self, method, target, body=None, token=TOKEN, headers=None):
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        return client.request(self.admin_port, method, target, headers=headers, body=body)

    def post(self, target, body=None, **more):
        return self.admin("POST", "/admin/v1" + target, body, **more)

    def delete(self, target, **more):
        return self.admin("DELETE", "/admin/v1" + target, **more)

    def metrics(self):
        """{('name', frozenset of (label, value)): number}; refuses a line that is not Prometheus text."""
        answer = self.admin("GET", "/metrics")
        assert answer.status == 200, answer
        found = {}
        for line in answer.body.decode().splitlines():
            if not line or line.startswith("#"):
                continue
            match = re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", line)
            assert match, f"not Prometheus text: {line}"
            labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)",?', match[2] or "")
            found[match[1], frozenset(labels)] = float(match[3])
        return found

    def metric(self, name, **labels):
        """The sum over all series of that name that carry these labels."""
        wanted = set(labels.items())
        return sum(value for (found, have), value in self.metrics().items() if found == name and wanted <= have)
