"""Answers around the end of their TTL, over several nodes: hot keys outlive it unseen, one load for all; and what an
outage of Redis or Postgres leaves of the traffic for Postgres. Loads are counted in Postgres."""

import re
import threading
import time
import unittest

import client
from case import ServiceCase, alone, in_every_build
from processes import wait_for

TTL = 1.0  # seconds
LOAD_SECONDS = 0.05

SCHEMA = f"""
create table things (id text primary key, price integer not null);
insert into things select 't' || n, n from generate_series(1, 100) as n;
create function slow(id text) returns text language plpgsql volatile as $$
begin
    raise log 'LOADER RUNS for % at %', id, extract(epoch from clock_timestamp());
    perform pg_sleep({LOAD_SECONDS});
    return id;
end $$;
"""

CONFIG = """
[server]
listen = "${WEIR_LISTEN:-127.0.0.1:8080}"
workers = 2
[admin]
listen = "${WEIR_ADMIN_LISTEN:-127.0.0.1:8081}"
token = "${WEIR_ADMIN_TOKEN}"
[redis]
url = "${WEIR_REDIS_URL}"
command_timeout = "400ms"
[postgres]
url = "${WEIR_POSTGRES_URL}"
[audit]
rate = 0  # loads are counted

[change.things]
table = "things"
keys = ["hot:{id}", "kept:{id}", "plain:{id}"]

[write.update_thing]
method = "POST"
path = "/admin/v1/things/{id}"
table = "things"
parameter.id = { max_length = 64 }
body.price = { type = "integer", required = true }
sql = "update things set price = {price} where id = {id} returning id, price"
"""

RESOURCE = """
[resource.{name}]
path = "/v1/{name}/{{id}}"
key = "{name}:{{id}}"
parameter.id = {{ max_length = 64 }}
sql = "select id, price, slow('{name} ' || id) as loaded from things where id = {{id}}"
{more}
"""

RESOURCES = [
    ("hot", f'ttl = "{int(TTL * 1000)}ms"\njitter = "0s"\nstale_while_revalidate = "30s"\nstale_if_error = "60s"'),
    ("kept", 'ttl = "60s"\ndegraded_ttl = "1s"'),
    ("plain", 'ttl = "60s"'),
]


class Load:
    """One client a port, each asking for the same target again and again until told to stop; keeps every answer."""

    def __init__(self, ports, target, pause=0.001):
        self.answers = []
        self.errors = []
        self._pause = pause
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(port, target), daemon=True) for port in ports]
        for thread in self._threads:
            thread.start()

    def _ask(self, port, target):
        while not self._ends.wait(self._pause):
            try:
                self.answers.append(client.get(port, target))
            except OSError as error:
                self.errors.append(error)

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join()
        return self.answers

    def __len__(self):
        return len(self.answers)


class StaleCase(ServiceCase):
    def prepare(self):
        self.postgres.sql(SCHEMA)
        text = CONFIG + "".join(RESOURCE.format(name=name, more=more) for name, more in RESOURCES)
        self.config = self.write_file("stale.toml", text)

    def loads(self, what):
        """When each load of 'hot t1' began."""
        found = re.findall(rf"LOADER RUNS for {what} at ([0-9.]+)", self.postgres.child.log())
        return [float(moment) for moment in found]

    def wait_until_stale(self, node, target):
        def is_stale():
            tier = node.admin("GET", f"/admin/v1/explain?path={target}").json["l2"]
            return tier["state"] == "present" and tier["ttl_left_s"] < 0
        wait_for(f"{target} is past its TTL", is_stale, every=0.02)


class HotKeys(StaleCase):
    @alone
    def test_a_hot_key_outlives_its_ttl_on_three_nodes_with_one_load_a_period_and_no_miss(self):
        nodes = [self.start_node() for _ in range(3)]
        ports = [node.port for node in nodes]
        for port in ports:
            client.get(port, "/v1/hot/t1")
        load = Load(ports * 2, "/v1/hot/t1", pause=0.002)
        wait_for("six periods have passed", lambda: len(self.loads("hot t1")) >= 7, seconds=60)
        answers = load.stop()
        self.assertFalse(load.errors)
        self.assertEqual({200}, {a.status for a in answers})
        missed = [a for a in answers if "fwd=miss" in a["Cache-Status"]]
        self.assertEqual([], missed[:3], f"{len(missed)} of {len(answers)}")
        # Each load is stored and ends a period: there are no two in one.
        begun = self.loads("hot t1")
        self.assertGreater(min(b - a for a, b in zip(begun, begun[1:])), TTL / 3, begun)
        stored = sum(n.metric("weir_refreshes_total", resource="hot", outcome="stored") for n in nodes)
        self.assertLessEqual(abs(stored - (len(begun) - 1)), 1, begun)

    @in_every_build
    def test_a_stale_answer_is_refreshed_once_by_the_fleet_behind_the_answers(self):
        nodes = [self.start_node() for _ in range(2)]
        self.assert_miss(nodes[0].get("/v1/hot/t2"))
        self.wait_until_stale(nodes[0], "/v1/hot/t2")
        answers = client.get_at_once([n.port for n in nodes], ["/v1/hot/t2"] * 20)
        self.assertEqual({"fwd=stale"}, {a.cache.split(";")[0] for a in answers})
        self.assertTrue(all("refreshing" in a["Cache-Status"] for a in answers), answers[:3])
        wait_for("it was refreshed", lambda: all(n.get("/v1/hot/t2").is_hit for n in nodes))
        self.assertEqual(2, len(self.loads("hot t2")))

    @in_every_build
    def test_a_write_ends_a_stale_answer_though_it_could_be_served_for_long(self):
        nodes = [self.start_node() for _ in range(2)]
        for node in nodes:
            node.get("/v1/hot/t3")
        for price in range(100, 106):
            self.wait_until_stale(nodes[0], "/v1/hot/t3")
            written = self.assert_status(200, nodes[price % 2].post("/things/t3", {"price": price}))
            self.assertEqual("done", written.json["invalidation"])
            for answer in client.get_at_once([n.port for n in nodes], ["/v1/hot/t3"] * 6):
                self.assertEqual(price, answer.json["price"], answer)

    @in_every_build
    def test_while_postgres_is_away_what_was_loaded_before_stands_in_and_is_replaced_afterwards(self):
        node = self.start_node()
        self.assert_miss(node.get("/v1/hot/t4"))
        self.postgres.kill()
        self.wait_until_stale(node, "/v1/hot/t4")
        for _ in range(10):
            self.assertEqual(4, self.assert_status(200, node.get("/v1/hot/t4")).json["price"])
        self.assertEqual(503, node.get("/v1/hot/t5").status)
        self.postgres.start()
        wait_for("it is loaded again", lambda: node.get("/v1/hot/t4").is_hit, seconds=10)


class OutageOfRedis(StaleCase):
    def loads_of_the_next(self, answers, load, what):
        before, given = len(self.loads(what)), len(load)
        wait_for(f"{answers} answers", lambda: len(load) >= given + answers, seconds=60)
        return len(self.loads(what)) - before

    @alone
    def test_during_an_outage_of_redis_postgres_sees_a_fraction_of_the_traffic(self):
        """Two nodes, eight clients of one key: with a degraded TTL a load a second and node, without one what flights
        leave, two at a time; and none at all once Redis is back."""
        nodes = [self.start_node() for _ in range(2)]
        ports = [node.port for node in nodes] * 4
        kept, plain = Load(ports, "/v1/kept/t1"), Load(ports, "/v1/plain/t1")
        wait_for("both are hits", lambda: all(client.get(p, f"/v1/{r}/t1").is_hit for p in ports[:2] for r in ("kept", "plain")))
        asked = len(kept) + len(plain)
        self.assertEqual(0, self.loads_of_the_next(200, kept, "(?:kept|plain) t1"))
        self.redis.kill()
        wait_for("each answer is loaded", lambda: len(self.loads("plain t1")) > 4)
        started, during = time.monotonic(), len(kept)
        loads_kept, loads_plain = len(self.loads("kept t1")), len(self.loads("plain t1"))
        wait_for("three seconds and a hundred answers", lambda: time.monotonic() - started > 3 and len(kept) > during + 100,
                 seconds=60)
        seconds = time.monotonic() - started
        loads_kept, loads_plain = len(self.loads("kept t1")) - loads_kept, len(self.loads("plain t1")) - loads_plain
        answered = len(kept) - during
        self.redis.start()

        def is_back():  # for every worker: each has a connection of its own, and which one answers is the kernel's choice
            asked = [client.get(p, f"/v1/{r}/t1") for p in ports[:2] for r in ("kept", "plain") for _ in range(20)]
            return all(a.is_hit and "l2-down" not in a["Cache-Status"] for a in asked)
        wait_for("Redis is used again", is_back, seconds=15)
        self.assertEqual(0, self.loads_of_the_next(200, kept, "(?:kept|plain) t1"))
        answers = kept.stop() + plain.stop()
        self.assertEqual({200}, {a.status for a in answers})
        self.assertGreater(asked, 0)
        # One of each node a second, and one that was under way.
        self.assertLessEqual(loads_kept, 2 * (seconds + 2))
        self.assertGreater(answered, 10 * loads_kept)
        # Two flights of each node at a time, of 50 ms and more.
        self.assertLessEqual(loads_plain, 2 * 2 * (seconds / LOAD_SECONDS + 1))

    def test_a_degraded_answer_is_ended_by_the_nodes_own_write(self):
        node = self.start_node()
        self.redis.kill()
        wait_for("answers are degraded", lambda: "l2-down" in node.get("/v1/kept/t2")["Cache-Status"]
                 and node.get("/v1/kept/t2").is_hit)
        for price in range(200, 205):
            written = self.assert_status(200, node.post("/things/t2", {"price": price}))
            self.assertEqual("pending", written.json["invalidation"])
            self.assertEqual(price, node.get("/v1/kept/t2").json["price"])


if __name__ == "__main__":
    unittest.main()
