"""The base of every service test: private servers, nodes, and a look at the logs when something failed."""

import os
import shutil
import tempfile
import unittest

import faults
from node import BINARY, SHIPPED, Node, environment, run_weir
from processes import allow_many_sockets
from servers import Postgres, Redis, redact

# How a test's own file begins. Its last table is [postgres]: more of its settings may follow.
WITHOUT_REDIS = """
[server]
listen = "${WEIR_LISTEN:-127.0.0.1:8080}"
workers = 1
[admin]
listen = "${WEIR_ADMIN_LISTEN:-127.0.0.1:8081}"
token = "${WEIR_ADMIN_TOKEN:-}"
[postgres]
url = "${WEIR_POSTGRES_URL:-postgresql://weir@127.0.0.1:5432/weir}"
"""
HEAD = WITHOUT_REDIS.replace("[postgres]", '[redis]\nurl = "${WEIR_REDIS_URL:-redis://127.0.0.1:6379/0}"\n[postgres]')


def in_every_build(test):
    """Runs with the sanitizers' binaries as well; all others run with the release alone (see list_tests.py)."""
    return test


def alone(test):
    """Runs while no other test does: it measures time."""
    return test


def long(test):
    """Takes longer than ten seconds: runs with --full, or by its name."""
    return test


def heavy(test):
    """Keeps the machine busy for seconds: runs beside light tests, but beside no other heavy one."""
    return test


class ServiceCase(unittest.TestCase):
    config = SHIPPED
    has_redis = True
    redis_kind = Redis

    def run(self, result=None):
        self._result = result or self.defaultTestResult()
        self._failures_before = len(self._result.failures) + len(self._result.errors)
        return super().run(self._result)

    def setUp(self):
        allow_many_sockets()
        self.folder = tempfile.mkdtemp(prefix="weir-service-")
        os.chmod(self.folder, 0o755)  # Postgres may run as another user
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self._print_logs_of_a_failure)
        self.nodes = []
        self.postgres = Postgres(self.folder)
        self.addCleanup(self.postgres.stop)
        self.redis = None
        if self.has_redis:
            self.redis = self.redis_kind(self.folder)
            self.addCleanup(self.redis.stop)
        self.addCleanup(faults.heal)
        self.addCleanup(self._stop_nodes)
        self.prepare()
        self.migrate()

    def prepare(self):
        """For tests with tables or files of their own."""

    def migrate(self):
        done = run_weir("migrate", "--config", self.config, env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)

    def env(self, **more):
        return environment(self.postgres, self.redis, **more)

    def start_node(self, is_ready=True, config=None, binary=BINARY, keeps_ports=False, log_path=None, **env):
        node = Node(self.folder, f"node{len(self.nodes) + 1}", self.env(**env), config or self.config, binary, keeps_ports,
                    log_path)
        self.nodes.append(node)
        if is_ready:
            node.wait_ready()
        return node

    def write_file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def shipped_with(self, text):
        """The shipped file and a table that it leaves at its defaults."""
        with open(SHIPPED) as shipped:
            return self.write_file("shipped-with.toml", f"{shipped.read()}\n{text}\n")

    def _stop_nodes(self):
        """Every node must leave in order: a sanitizer's report shows in the exit code."""
        codes = {node.name: node.stop() for node in self.nodes if not node.was_killed}
        self.assertEqual({name: 0 for name in codes}, codes, "a node did not end with 0 when it was asked to")

    def _print_logs_of_a_failure(self):
        if len(self._result.failures) + len(self._result.errors) == self._failures_before:
            return
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".log"):
                with open(os.path.join(self.folder, name), errors="replace") as log:
                    tail = log.read()[-4000:]
                print(f"--- the end of {name}\n{redact(tail)}", flush=True)

    # What tests say often.

    def owed(self):
        """Recorded changes whose deletes nobody has confirmed yet; those that were stay for a replay."""
        return int(self.postgres.sql("select count(*) from weir.outbox where settled_at is null"))

    def cached_keys(self):
        """Those of answers: neither the bus's nor the tags'."""
        own = (b"weir:v1:all:", b"weir:v1:tag:")
        return sorted(key for key in self.redis("KEYS", "weir:v1:*") if not key.startswith(own))

    def assert_status(self, expected, answer):
        self.assertEqual(expected, answer.status, answer)
        return answer

    def assert_miss(self, answer):
        self.assert_status(200, answer)
        self.assertTrue(answer.cache.startswith("fwd=miss"), answer)
        return answer

    def assert_hit(self, answer):
        self.assert_status(200, answer)
        self.assertTrue(answer.is_hit, answer)
        return answer

    def assert_problem(self, status, answer):
        """RFC 9457."""
        self.assert_status(status, answer)
        self.assertEqual("application/problem+json", answer["Content-Type"].split(";")[0], answer)
        self.assertEqual(status, answer.json["status"], answer)
        return answer.json
