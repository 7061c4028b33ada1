"""Several versions of a file, and several fleets, on one database: every one that is alive hears of every change."""

import itertools
import os
import threading
import time
import unittest

from case import HEAD, WITHOUT_REDIS, ServiceCase, alone, heavy, long
from node import run_weir
from processes import wait_for
from servers import REDIS_PASSWORD, Redis

QUIET = "connections = 6\n[log]\naccess_sample = 0\n"
SETTINGS = HEAD + QUIET
ORDER = """
[resource.order]
path = "/v1/orders/{id}"
key = "orders:item:{id}"
ttl = "600s"
parameter.id = { type = "integer" }
sql = "select id, day, total from orders where id = {id}"
[write.pay]
method = "POST"
path = "/admin/v1/orders/{id}"
table = "orders"
parameter.id = { type = "integer" }
body.total = { type = "integer", required = true }
sql = "update orders set total = {total} where id = {id} returning id, total"
"""
ORDERS_OF_DAY = """
[resource.orders_of_day]
path = "/v1/days/{day}/orders"
key = "orders:day:{day}"
ttl = "600s"
rows = "many"
parameter.day = { max_length = 10 }
sql = "select id, total from orders where day::text = {day} order by id"
"""
OLD = ORDER + '[change.orders]\nkeys = ["orders:item:{id}"]\n'
NEW = ORDER + ORDERS_OF_DAY + '[change.orders]\nkeys = ["orders:item:{id}", "orders:day:{day}"]\n'
TABLES = """
create table orders (id bigint primary key, day date not null default '2026-01-05', total bigint not null);
insert into orders (id, total) select n, n from generate_series(1, 100) n;
create table notes (id bigint primary key, day date not null default '2026-01-05', total bigint not null);
insert into notes (id, total) select n, n from generate_series(1, 100) n"""
DAY = "/v1/days/2026-01-05/orders"


class Consumers(ServiceCase):
    def prepare(self):
        self.postgres.sql(TABLES)
        self.old = self.write_file("old.toml", SETTINGS + OLD)
        self.new = self.write_file("new.toml", SETTINGS + NEW)
        self.config = self.new

    def declare(self, name, body, version="v1", prefix="weir"):
        return self.write_file(name, f'{SETTINGS}[keys]\nversion = "{version}"\nprefix = "{prefix}"\n{body}')

    def total(self, node, order=5, path="/v1/orders/{}"):
        return self.assert_status(200, node.get(path.format(order))).json["total"]

    def warm(self, node, *targets):
        for target in targets or ("/v1/orders/5",):
            wait_for("a hit", lambda: node.get(target).is_hit)

    def pay(self, node, total, order=5):
        return self.assert_status(200, node.post(f"/orders/{order}", {"total": total})).json["invalidation"]

    def assert_fresh_on_all(self, nodes, writers=None):
        """Each node writes; the others show it from the acknowledgement on. Then a write that bypasses Weir."""
        for number, writer in enumerate(writers or nodes, 1000):
            for node in nodes:
                self.warm(node)
            self.assertEqual("done", self.pay(writer, number))
            self.assertEqual([number] * len(nodes), [self.total(node) for node in nodes])
        for node in nodes:
            self.warm(node)
        self.postgres.sql("update orders set total = 7 where id = 5")
        wait_for("all show it", lambda: {self.total(node) for node in nodes} == {7}, seconds=1)
        wait_for("all rows are settled", lambda: self.owed() == 0, seconds=25)  # what expired is swept now and then

    def others_known(self, *nodes):
        for node in nodes:
            wait_for("it knows the others", lambda: node.metric("weir_consumers_others") == 1)
            wait_for("it is open", lambda: node.metric("weir_consumer_open") == 1)

    def test_two_versions_of_a_file_on_one_redis_are_both_fresh(self):
        a = self.start_node(config=self.declare("a.toml", OLD, "v1"))
        b = self.start_node(config=self.declare("b.toml", NEW, "v2"))
        self.assert_fresh_on_all([a, b])
        self.warm(b, DAY)
        self.assertEqual("done", self.pay(a, 4711))
        self.assertIn({"id": 5, "total": 4711}, self.assert_status(200, b.get(DAY)).json)

    def test_two_change_maps_under_one_key_version_are_both_fresh(self):
        a, b = self.start_node(config=self.old), self.start_node(config=self.new)
        self.others_known(a, b)
        self.assert_fresh_on_all([a, b])
        self.warm(b, DAY)
        self.assertEqual("done", self.pay(a, 4711))
        self.assertIn({"id": 5, "total": 4711}, self.assert_status(200, b.get(DAY)).json)

    def test_fleets_with_a_redis_each_are_all_fresh(self):
        """Two nodes of one fleet, one of another with the same file, and a process without Redis."""
        second = self.second_redis()
        nodes = [self.start_node(), self.start_node(), self.start_node(WEIR_REDIS_URL=second.url)]
        without = WITHOUT_REDIS + QUIET
        nodes.append(self.start_node(config=self.write_file("alone.toml", without + NEW)))
        self.others_known(*nodes)
        self.assert_fresh_on_all(nodes)

    def second_redis(self):
        folder = os.path.join(self.folder, "second")
        os.mkdir(folder)
        second = Redis(folder)
        self.addCleanup(second.stop)
        return second

    def assert_misses_nothing(self, a, b, asleep):
        """`b` was given up while `asleep` slept. From the moment that it wakes, b shows what a does."""
        shown = self.total(a)
        wait_for("all rows are settled", lambda: self.owed() == 0, seconds=30)
        asleep.resume()
        for _ in range(50):
            self.assertEqual(shown, self.total(b))
            self.assertIn({"id": 5, "total": shown}, self.assert_status(200, b.get(DAY)).json)
        wait_for("it began anew", lambda: b.metric("weir_consumer_incarnation") == 2)
        self.assert_fresh_on_all([a, b])

    def test_fleets_with_tables_of_their_own_do_not_wait_for_each_other(self):
        notes = NEW.replace("from orders", "from notes").replace("update orders", "update notes")
        notes = notes.replace('table = "orders"', 'table = "notes"').replace("[change.orders]", "[change.notes]")
        other = self.declare("notes.toml", notes, prefix="blog")
        self.config = other
        self.migrate()
        a, b = self.start_node(config=self.new), self.start_node(config=other)
        for node, table in ((a, "orders"), (b, "notes")):
            self.warm(node)
            self.assertEqual("done", self.pay(node, 99))
            self.assertEqual(99, self.total(node))
            self.warm(node)
            self.postgres.sql(f"update {table} set total = 8 where id = 5")
            wait_for("it shows it", lambda: self.total(node) == 8, seconds=1)
            self.assertEqual(0, node.metric("weir_consumers_others"))
        wait_for("all rows are settled", lambda: self.owed() == 0, seconds=25)  # what expired is swept now and then

    def test_a_database_that_is_ahead_of_a_file_serves_that_file(self):
        node = self.start_node(config=self.old)  # migrated with the new one
        self.assert_fresh_on_all([node])

    def test_the_schema_is_removed_only_when_no_consumer_is_running_or_by_force(self):
        node = self.start_node()
        refused = run_weir("migrate", "--remove", "--config", self.config, env=self.env())
        self.assertEqual(1, refused.returncode)
        self.assertIn("weir:v1 (consumer 1)", refused.stderr)
        self.assertEqual("done", self.pay(node, 3))
        done = run_weir("migrate", "--remove", "--force", "--config", self.config, env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("0", self.postgres.sql("select count(*) from pg_trigger where tgname like 'weir\\_%'"))
        self.assertGreaterEqual(node.post("/orders/5", {"total": 4}).status, 500)
        self.assertEqual("3", self.postgres.sql("select total from orders where id = 5"))
        self.migrate()
        wait_for("it is registered again", lambda: node.post("/orders/5", {"total": 5}).status == 200)
        wait_for("it is fresh again", lambda: self.total(node) == 5)

    @alone
    def test_writes_that_wait_for_a_lock_do_not_end_the_trust_of_a_node(self):
        a = self.start_node(config=self.declare("a.toml", OLD, "v1"))
        b = self.start_node(config=self.declare("b.toml", NEW, "v2"))
        self.others_known(a, b)
        self.warm(a, "/v1/orders/6")
        holder = self.postgres.session()
        holder("begin; select from orders where id = 5 for update")
        ends = time.monotonic() + 5
        writers = [threading.Thread(target=self.pay_until, args=(a, ends)) for _ in range(8)]
        for writer in writers:
            writer.start()
        wait_for("the writes wait for the lock", lambda: self.locked_out() >= 4)
        wait_for("time passes", lambda: self.is_trusted(a) and time.monotonic() > ends, every=0.05)
        holder("rollback")
        for writer in writers:
            writer.join()

    def is_trusted(self, node):
        states = {state["name"]: state["state"] for state in node.get("/readyz").json["dependencies"]}
        self.assertEqual("up", states["consumer"])
        return self.assert_hit(node.get("/v1/orders/6"))

    def pay_until(self, node, ends):
        while time.monotonic() < ends:
            node.post("/orders/5", {"total": 1})

    def locked_out(self):
        return int(self.postgres.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"))

    @long
    def test_writes_are_pending_while_another_consumer_is_gone_and_done_once_it_has_expired(self):
        a = self.start_node(config=self.declare("a.toml", OLD, "v1"))
        b = self.start_node(config=self.declare("b.toml", NEW, "v2"))
        self.others_known(a, b)
        b.kill()
        began = time.monotonic()
        self.assertEqual("pending", self.pay(a, 1))
        waited = time.monotonic() - began
        self.assertLess(waited, 3)
        began = time.monotonic()
        self.assertEqual("pending", self.pay(a, 2))  # it is lagging: no second wait
        self.assertLess(time.monotonic() - began, 0.8)
        numbers = itertools.count(3)
        wait_for("writes are done again", lambda: self.pay(a, next(numbers)) == "done", seconds=20, every=0.2)
        wait_for("all rows are settled", lambda: self.owed() == 0, seconds=30)

    @heavy
    def test_a_consumer_that_ends_in_order_holds_up_no_write_for_long(self):
        a = self.start_node(config=self.declare("a.toml", OLD, "v1"))
        b = self.start_node(config=self.declare("b.toml", NEW, "v2"))
        self.others_known(a, b)
        self.assertEqual(0, b.stop())
        numbers = itertools.count(1)
        wait_for("writes are done again", lambda: self.pay(a, next(numbers)) == "done", seconds=5, every=0.2)

    @long
    def test_writes_are_done_again_while_the_redis_of_another_consumer_stays_away(self):
        second = self.second_redis()
        a, b = self.start_node(), self.start_node(WEIR_REDIS_URL=second.url)
        self.others_known(a, b)
        self.warm(b, "/v1/orders/5", DAY)
        second.child.pause()
        numbers = itertools.count(1)
        self.assertEqual("pending", self.pay(a, next(numbers)))
        wait_for("writes are done again", lambda: self.pay(a, next(numbers)) == "done", seconds=40, every=0.2)
        self.assertEqual(self.total(a), self.total(b))
        self.assert_misses_nothing(a, b, second.child)

    @long
    @alone
    def test_a_consumer_that_slept_through_its_registration_shows_nothing_that_it_missed(self):
        a = self.start_node(config=self.declare("a.toml", OLD, "v1"))
        b = self.start_node(config=self.declare("b.toml", NEW, "v2"))
        self.others_known(a, b)
        self.warm(b, "/v1/orders/5", DAY)
        b.child.pause()
        numbers = itertools.count(1)
        wait_for("writes are done again", lambda: self.pay(a, next(numbers)) == "done", seconds=20, every=0.2)
        self.assert_misses_nothing(a, b, b.child)

    @long
    def test_a_rolling_deploy_forward_and_back_stays_fresh(self):
        old, new = self.declare("v1.toml", OLD, "v1"), self.declare("v2.toml", NEW, "v2")
        first = self.start_node(config=old)
        second = self.start_node(config=new)
        self.assert_fresh_on_all([first, second])
        first.stop()
        third = self.start_node(config=old)
        numbers = itertools.count(5000)
        wait_for("writes are done", lambda: self.pay(second, next(numbers)) == "done", seconds=5, every=0.2)
        self.assert_fresh_on_all([second, third])
        second.stop()
        wait_for("writes are done", lambda: self.pay(third, next(numbers)) == "done", seconds=5, every=0.2)
        self.assert_fresh_on_all([third])


class Names(ServiceCase):
    def test_one_pattern_of_an_acl_covers_every_name_in_redis(self):
        self.redis("ACL", "SETUSER", "weir", "on", f">{REDIS_PASSWORD}", "~weir:*", "&weir:*", "+@all")
        url = self.redis.url.replace("redis://:", "redis://weir:")
        node, other = self.start_node(WEIR_REDIS_URL=url), self.start_node(WEIR_REDIS_URL=url)
        for one in (node, other):
            wait_for("it is on the bus", lambda: one.metric("weir_bus_coherent") == 1)
            wait_for("a hit in L1", lambda: "detail=l1" in one.get("/v1/products/p1").cache)
        self.assertEqual("done", node.post("/products/p1", {"price_cents": 4711}).json["invalidation"])
        self.assertEqual(4711, other.get("/v1/products/p1").json["price_cents"])
        names = self.redis("KEYS", "*")
        self.assertEqual([], [name for name in names if not name.startswith(b"weir:")])
        self.assertEqual([], [name for name in self.redis("PUBSUB", "CHANNELS", "*") if not name.startswith(b"weir:")])


if __name__ == "__main__":
    unittest.main()
