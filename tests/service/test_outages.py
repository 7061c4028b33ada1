"""Redis or Postgres killed, paused, cut off: what goes on, how long it takes, and how it comes back."""

import time
import unittest

import client
import faults
from case import ServiceCase, alone, in_every_build
from node import IS_SANITIZED
from processes import wait_for

BUDGET = 2.0  # seconds: reads.request_timeout of the shipped file
BURST = 12 if IS_SANITIZED else 48  # cold keys at once: more than connections, but where those are slow to open
CONNECTIONS = 16  # postgres.connections of the shipped file
ITEM = "weir:v1:products:item:"


class RedisOutage(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.node.get("/v1/products/p1")
        self.sampler = self.postgres.session()
        self.connections_seen = []

    def sample(self):
        self.connections_seen.append(int(self.sampler(
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and application_name <> 'psql'")))

    def assert_goes_on(self, rounds=15):
        """Single requests and bursts, hot and cold: 200 each, in time, through no more connections than declared."""
        for number in range(rounds):
            for target in ("/v1/products/p1", f"/v1/products/p{100 + number}", "/v1/products?locale=en"):
                answer = self.assert_status(200, self.node.get(target))
                self.assertLess(answer.seconds, BUDGET, target)
            self.sample()
        answers = client.get_at_once([self.node.port], [f"/v1/products/p{n}" for n in range(1, 1 + BURST)])
        self.assertEqual({200}, {a.status for a in answers}, [a for a in answers if a.status != 200][:3])
        self.assertLess(max(a.seconds for a in answers), BUDGET)
        self.sample()
        self.assertLessEqual(max(self.connections_seen), CONNECTIONS)

    def assert_back_within_three_seconds(self):
        returned = time.monotonic()

        def stored_again():
            self.node.get("/v1/products/p2")
            return self.node.get("/v1/products/p2").is_hit

        wait_for("Weir uses Redis again", stored_again, seconds=10)
        self.assertLess(time.monotonic() - returned, 3.0)

    @in_every_build
    def test_a_killed_redis_stops_nothing_and_is_used_again_when_it_returns(self):
        self.redis.kill()
        self.assert_goes_on()
        self.redis.start()
        self.assert_back_within_three_seconds()

    @alone
    def test_a_paused_redis_stops_nothing_and_is_used_again_when_it_returns(self):
        self.redis.child.pause()
        self.assert_goes_on()
        self.redis.child.resume()
        self.assert_back_within_three_seconds()

    @alone
    def test_a_black_holed_redis_stops_nothing_and_is_used_again_when_it_returns(self):
        faults.black_hole(self.redis.port)
        self.assert_goes_on()
        faults.heal()
        self.assert_back_within_three_seconds()

    @alone
    def test_an_outage_costs_each_later_request_no_waiting(self):
        self.redis.child.pause()
        for _ in range(5):
            self.node.get("/v1/products/p1")  # somebody pays for finding out
        spent = sorted(self.node.get("/v1/products/p1").seconds for _ in range(20))
        self.assertLess(spent[10], 0.05, spent)

    def test_a_start_without_redis_serves_and_finds_it_later(self):
        self.redis.kill()
        late = self.start_node(is_ready=False)
        wait_for("it serves", lambda: late.get("/v1/products/p1").status == 200, 5)
        self.redis.start()
        wait_for("it uses Redis", lambda: late.get("/v1/products/p1").is_hit, 5)

    def test_commands_that_redis_refuses_are_misses(self):
        self.redis("CONFIG", "SET", "maxmemory", "1")
        self.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        for _ in range(3):
            self.assert_status(200, self.node.get("/v1/products/p3"))
        self.redis("CONFIG", "SET", "maxmemory", "0")
        wait_for("it is stored again", lambda: self.node.get("/v1/products/p3").is_hit, 5)

    @in_every_build
    def test_a_full_redis_still_invalidates_keys_and_tags(self):
        targets = ("/v1/products/p1", "/v1/products?locale=en", "/v1/products?locale=en&limit=3")
        other = self.start_node()
        for node in (self.node, other):
            for target in targets:
                self.assert_status(200, node.get(target))
                self.assert_hit(node.get(target))
        self.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.redis("CONFIG", "SET", "maxmemory", "1")
        for price in (1111, 2222):
            written = self.assert_status(200, self.node.post("/products/p1", {"price_cents": price})).json
            self.assertEqual("done", written["invalidation"])
            for node in (self.node, other):
                for target in targets:
                    self.assertIn(f'"price_cents":{price}', self.assert_status(200, node.get(target)).body.decode())
        for node in (self.node, other):
            self.assertEqual(1, node.metric("weir_bus_coherent"), "the lease on L1 is renewed without room as well")
        self.redis("CONFIG", "SET", "maxmemory", "0")
        for target in targets:
            wait_for("it is stored again", lambda: self.node.get(target).is_hit, 5)

    @in_every_build
    def test_a_write_while_redis_is_away_is_pending_and_delivered_later(self):
        self.assertTrue(self.node.get("/v1/products/p1").is_hit)
        self.redis.child.pause()
        written = self.assert_status(200, self.node.post("/products/p1", {"price_cents": 4242}))
        self.assertEqual("pending", written.json["invalidation"])
        self.assertEqual(4242, written.json["row"]["price_cents"])
        self.assertLess(written.seconds, BUDGET)
        self.assertEqual("4242", self.postgres.sql("select price_cents from products where id = 'p1'"))
        self.assertNotEqual(0, self.owed())
        self.assertEqual(4242, self.node.get("/v1/products/p1").json["price_cents"])
        self.redis.child.resume()
        wait_for("the relay delivers", lambda: self.owed() == 0, 5)
        self.assertEqual(4242, self.node.get("/v1/products/p1").json["price_cents"])

    def test_a_pending_write_is_delivered_by_another_node_when_its_own_died(self):
        self.redis.child.pause()
        self.assertEqual("pending", self.node.post("/products/p1", {"price_cents": 4243}).json["invalidation"])
        self.node.kill()
        other = self.start_node()
        self.redis.child.resume()
        wait_for("the relay delivers", lambda: self.owed() == 0, 5)
        self.assertEqual(4243, other.get("/v1/products/p1").json["price_cents"])


class PostgresOutage(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.assert_miss(self.node.get("/v1/products/p1"))

    def assert_refused_at_once(self, target, within=1.5):
        answer = self.node.get(target)
        self.assert_problem(503, answer)
        self.assertGreaterEqual(int(answer["Retry-After"]), 1)
        self.assertLess(answer.seconds, within)

    @in_every_build
    def test_hits_are_served_and_misses_refused_while_postgres_is_down(self):
        self.postgres.kill()
        for number in range(5):
            self.assert_hit(self.node.get("/v1/products/p1"))
            self.assert_refused_at_once(f"/v1/products/p{10 + number}")
        self.assert_problem(503, self.node.post("/products/p1", {"price_cents": 1}))
        self.postgres.start()
        wait_for("misses are answered", lambda: self.node.get("/v1/products/p20").status == 200, 5)

    @alone
    def test_a_paused_postgres_costs_a_miss_its_budget_and_a_hit_nothing(self):
        self.postgres.child.pause()
        self.assert_problem(503, self.node.get("/v1/products/p30"))
        started = time.monotonic()
        for _ in range(20):
            self.assert_hit(self.node.get("/v1/products/p1"))
        self.assertLess(time.monotonic() - started, 1.0)
        self.postgres.child.resume()
        wait_for("misses are answered", lambda: self.node.get("/v1/products/p31").status == 200, 5)

    def test_an_error_is_never_cached_as_an_absence(self):
        self.postgres.kill()
        self.assert_refused_at_once("/v1/products/p40")
        self.assert_refused_at_once("/v1/products/nobody")
        self.assertEqual(0, self.redis("EXISTS", ITEM + "p40", ITEM + "nobody"))
        self.postgres.start()
        wait_for("the product is served", lambda: self.node.get("/v1/products/p40").status == 200, 5)
        wait_for("it is found absent", lambda: self.node.get("/v1/products/nobody").status == 404, 5)

    def test_a_failed_query_is_a_503_and_not_an_absence(self):
        self.postgres.sql("alter table products rename to products_away")
        self.assertIn(self.node.get("/v1/products/p41").status, (500, 502, 503))
        self.assertEqual(0, self.redis("EXISTS", ITEM + "p41"))
        self.postgres.sql("alter table products_away rename to products")
        wait_for("the product is served", lambda: self.node.get("/v1/products/p41").status == 200, 5)

    def test_ended_connections_are_replaced(self):
        for number in range(5):
            self.postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                              "and backend_type = 'client backend'")
            wait_for("misses are answered", lambda: self.node.get(f"/v1/products/p{50 + number}").status == 200, 5)


if __name__ == "__main__":
    unittest.main()
