"""The process itself: start, refusal, drain, what it tells operators, what it never tells anybody."""

import json
import os
import re
import signal
import socket
import threading
import time
import unittest

import client
import slow
from case import ServiceCase, in_every_build
from node import SHIPPED, TOKEN, run_weir
from processes import free_port, wait_for
from servers import POSTGRES_PASSWORD, REDIS_PASSWORD
from slow import SlowCase


class Process(ServiceCase):
    def test_health_and_readiness_name_each_dependency(self):
        node = self.start_node()
        self.assert_status(200, node.get("/healthz"))
        ready = self.assert_status(200, node.get("/readyz"))
        for name in ("postgres", "redis"):
            self.assertIn(name, ready.body.decode())

    @in_every_build
    def test_metrics_are_prometheus_text_and_count_what_happened(self):
        node = self.start_node()
        for _ in range(5):
            node.get("/v1/products/p1")
        node.get("/v1/products/nobody")
        hits = node.metric("weir_l2_lookups_total", resource="product", outcome="hit") + node.metric("weir_l1_hits_total")
        self.assertEqual(4, hits)
        self.assertEqual(2, node.metric("weir_loads_total", resource="product"))
        self.assertEqual(1, node.metric("weir_redis_connected_workers") > 0)
        values = {value for _, labels in node.metrics() for _, value in labels}
        self.assertTrue({"product", "articles"} <= values)
        self.assertFalse({value for value in values if "p1" in value or "nobody" in value}, "labels never name keys")

    def test_what_only_grows_is_exported_as_a_counter(self):
        node = self.start_node()
        node.get("/v1/products/p1")
        text = node.admin("GET", "/metrics").body.decode()
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        misnamed = {name for name, kind in kinds.items() if (kind == "counter") != name.endswith("_total")}
        self.assertFalse(misnamed)
        for name in ("weir_redis_commands_total", "weir_postgres_connects_total", "weir_l1_misses_total"):
            self.assertEqual("counter", kinds[name])
            first = node.metric(name)
            self.assertGreater(first, 0)
            self.assertGreaterEqual(node.metric(name), first, "a scrape does not add the same number twice")
            self.assertLess(node.metric(name), 2 * first + 100)

    @in_every_build
    def test_secrets_are_in_no_log_and_no_answer(self):
        node = self.start_node()
        answers = [node.get("/readyz"), node.get("/v1/products/p1"), node.post("/products/p1", {"price_cents": 5}),
                   node.post("/products/p1", {"price_cents": 5}, token="guessed-secret"), node.admin("GET", "/metrics")]
        self.redis.kill()
        self.postgres.kill()
        answers += [node.get("/v1/products/p2"), node.get("/readyz"), node.post("/products/p1", {"price_cents": 6})]
        node.stop()
        everything = node.log() + "".join(f"{a.headers} {a.body!r}" for a in answers)
        for secret in (TOKEN, REDIS_PASSWORD, POSTGRES_PASSWORD, "guessed-secret"):
            self.assertNotIn(secret, everything)

    def test_every_request_leaves_one_access_line_with_its_id_and_trace(self):
        node = self.start_node()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        node.get("/v1/products/p1", headers={"traceparent": trace})
        wait_for("the line is there", lambda: "0af7651916cd43dd8448eb211c80319c" in node.log(), 5)
        lines = [line for line in node.log().splitlines() if "0af7651916cd43dd8448eb211c80319c" in line]
        self.assertEqual(1, len(lines), lines)

    @in_every_build
    def test_weir_works_without_redis_configured(self):
        self.config = self.write_file("alone.toml", without_table(SHIPPED, "redis"))
        node = self.start_node()
        self.assert_status(200, node.get("/v1/products/p1"))
        self.assert_status(200, node.post("/products/p1", {"price_cents": 31}))
        self.assertEqual(31, node.get("/v1/products/p1").json["price_cents"])

    def test_migrate_may_run_again(self):
        for _ in range(2):
            done = run_weir("migrate", "--config", SHIPPED, env=self.env())
            self.assertEqual(0, done.returncode, done.stderr)
        self.start_node()
        self.postgres.sql("update products set price_cents = 9 where id = 'p1'")
        wait_for("delivered once", lambda: self.owed() == 0, 5)

    def test_a_taken_port_is_said_and_ends_the_process(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = run_weir("serve", "--config", SHIPPED,
                            env=self.env(WEIR_LISTEN=address, WEIR_ADMIN_LISTEN=f"127.0.0.1:{free_port()}"))
        self.assertNotEqual(0, done.returncode)
        self.assertIn(address, done.stderr)

    def test_more_workers_than_connections_allow_are_fewer_workers_and_a_warning(self):
        node = self.start_node(WEIR_WORKERS="13")
        self.assert_status(200, node.get("/v1/products/p1"))
        lines = [json.loads(line) for line in node.log().splitlines()]
        limited, serving = ([line for line in lines if line["event"] == event] for event in ("workers_limited", "serving"))
        self.assertEqual([("warn", 13, 12)], [(line["level"], line["wanted"], line["started"]) for line in limited])
        self.assertEqual([12], [line["workers"] for line in serving])

    @in_every_build
    def test_two_nodes_with_many_workers_agree(self):
        nodes = [self.start_node(WEIR_WORKERS="4") for _ in range(2)]
        targets = [f"/v1/products/p{1 + n % 40}" for n in range(400)]
        answers = client.get_at_once([n.port for n in nodes], targets)
        self.assertEqual({200}, {a.status for a in answers})
        bodies = {}
        for target, answer in zip(targets, answers):
            self.assertEqual(bodies.setdefault(target, answer.body), answer.body)


def without_table(path, name):
    """The file without one [table], whose lines end at the next header."""
    with open(path) as file:
        kept, inside = [], False
        for line in file:
            if re.match(r"\s*\[", line):
                inside = line.strip().startswith(f"[{name}]")
            if not inside:
                kept.append(line)
    return "".join(kept)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Drain(SlowCase):
    @in_every_build
    def test_a_request_in_flight_is_answered_before_the_process_ends(self):
        node = self.start_node()
        idle = socket.create_connection(("127.0.0.1", node.port))
        answers = []
        reader = threading.Thread(target=lambda: answers.append(node.get("/v1/things/t1")))
        reader.start()
        wait_for("the loader runs", lambda: self.loads("t1") == 1, every=0.005)
        self.assertEqual(0, node.stop())
        reader.join()
        self.assertEqual(200, answers[0].status, answers[0])
        self.assertEqual(b"", idle.recv(1), "an idle connection is closed, not reset")
        idle.close()
        with self.assertRaises(OSError):
            node.get("/healthz")

    def config_with(self, server, postgres=""):
        text = slow.CONFIG.replace("[server]\n", f"[server]\n{server}\n").replace("[postgres]\n", f"[postgres]\n{postgres}\n")
        return self.write_file("delayed.toml", text + "[reads]\nrequest_timeout = \"15s\"\n")

    @in_every_build
    def test_after_sigterm_a_node_is_unready_and_accepts_for_the_delay_and_then_drains(self):
        delay = 1.0
        node = self.start_node(config=self.config_with('shutdown_delay = "1s"', 'query_timeout = "10s"'))
        answers = []
        holder = self.postgres.session()
        holder("begin; lock table things in access exclusive mode")
        held = threading.Thread(target=lambda: answers.append(node.get("/v1/things/t1")))
        held.start()
        wait_for("the request waits for Postgres", lambda: node.metric("weir_postgres_connections_in_use") >= 1)
        sent = time.monotonic()
        os.kill(node.child.pid, signal.SIGTERM)
        unready = wait_for("readyz says so", lambda: self.unready(node.port), every=0.005)
        self.assertEqual("draining", unready.json["status"])
        self.assert_status(200, node.get("/healthz"))
        wait_for("the admin listener says so", lambda: self.unready(node.admin_port), every=0.005)
        wait_for("the listener is closed", lambda: not accepts(node.port))
        self.assertGreaterEqual(time.monotonic() - sent, delay)
        self.assertTrue(held.is_alive())
        holder("commit")
        held.join()
        self.assertEqual(200, answers[0].status, answers[0])
        self.assertEqual(0, node.child.wait())

    def unready(self, port):
        answer = client.get(port, "/readyz")
        return answer if answer.status == 503 else None

    def test_a_second_sigterm_or_a_sigint_skips_the_delay(self):
        config = self.config_with('shutdown_delay = "10m"')
        node = self.start_node(config=config)
        os.kill(node.child.pid, signal.SIGTERM)
        wait_for("readyz says so", lambda: self.unready(node.port))
        self.assertEqual(0, node.stop(signal.SIGTERM))
        interrupted = self.start_node(config=config)
        self.assertEqual(0, interrupted.stop(signal.SIGINT))

    def test_a_client_that_goes_away_ends_nothing_for_the_others(self):
        node = self.start_node()
        leaving = socket.create_connection(("127.0.0.1", node.port))
        leaving.sendall(b"GET /v1/things/t2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for("the loader runs", lambda: self.loads("t2") == 1, every=0.005)
        leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        leaving.close()
        self.assertEqual(2, self.assert_status(200, node.get("/v1/things/t2")).json["price"])
        self.assertEqual(1, self.loads("t2"), "the flight went on without its first caller")


if __name__ == "__main__":
    unittest.main()
