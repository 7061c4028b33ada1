"""What no invalidation reaches is found: by the auditor, which compares resident entries with the database, and by the watch
over the declared tables."""

import json
import unittest

from case import ServiceCase
from node import SHIPPED
from processes import wait_for

P1, KEY = "/v1/products/p1", "weir:v1:products:item:p1"
OFTEN = '[audit]\nrate = 20\ntriggers_interval = "25s"'  # the watch leaves it to the auditor
WATCHED = '[audit]\nrate = 0\ntriggers_interval = "300ms"'
SWAP = """
begin;
create table other (like products including all);
insert into other select * from products;
update other set price_cents = 777 where id = 'p1';
alter table products rename to products_was;
alter table other rename to products;
commit"""


class LastNet(ServiceCase):
    settings = OFTEN

    def setUp(self):
        super().setUp()
        file = self.shipped_with(self.settings)
        self.a, self.b = self.start_node(config=file), self.start_node(config=file)

    def price(self, node):
        return self.assert_status(200, node.get(P1)).json["price_cents"]

    def read_into_both(self):
        for node in self.nodes:
            self.price(node)
            self.assert_hit(node.get(P1))

    def logged(self, node, event):
        return [json.loads(line) for line in node.log().splitlines() if f'"{event}"' in line]


class AuditedCase(LastNet):
    def stale(self, node):
        return node.metric("weir_stale_observed_total", resource="product")

    def assert_seen_and_repaired(self, expected):
        wait_for("a node sees it", lambda: any(self.stale(node) > 0 for node in self.nodes), seconds=20)
        wait_for("both nodes answer anew", lambda: [self.price(node) for node in self.nodes] == [expected] * 2, seconds=10)
        told = [line for node in self.nodes for line in self.logged(node, "stale_observed")]
        self.assertIn(KEY, {line["key"] for line in told})
        self.assertEqual({"product"}, {line["resource"] for line in told})


class Auditor(AuditedCase):
    def test_the_auditor_sees_a_table_that_another_one_replaced(self):
        self.read_into_both()
        self.postgres.sql(SWAP)
        self.assert_seen_and_repaired(777)

    def test_the_auditor_sees_what_was_written_while_a_trigger_was_disabled(self):
        self.read_into_both()
        self.postgres.sql("begin; alter table products disable trigger all; update products set price_cents = 778 where id = 'p1'; "
                          "commit")
        self.assert_seen_and_repaired(778)

    def test_resident_entries_that_are_as_the_database_is_are_fresh_and_stay(self):
        self.read_into_both()
        wait_for("resident entries are audited", lambda: all(
            node.metric("weir_audits_total", of="resident", outcome="fresh") > 20 for node in self.nodes), seconds=20)
        for node in self.nodes:
            self.assertEqual(0, node.metric("weir_stale_observed_total"))
            self.assert_hit(node.get(P1))


class AuditorOfL2(AuditedCase):
    settings = OFTEN + '\n[l1]\nbytes_max = "0"'

    def test_the_auditor_sees_a_table_that_another_one_replaced_without_l1(self):
        self.read_into_both()
        self.postgres.sql(SWAP)
        self.assert_seen_and_repaired(777)


class AuditorAlone(LastNet):
    """A single node without Redis."""
    has_redis = False

    def setUp(self):
        super(LastNet, self).setUp()
        with open(SHIPPED) as shipped:
            text = shipped.read()
        begin, end = text.index("[redis]"), text.index("[postgres]")
        self.a = self.start_node(config=self.write_file("alone.toml", text[:begin] + text[end:] + "\n" + OFTEN))

    def test_the_auditor_of_a_single_node_sees_a_table_that_another_one_replaced(self):
        self.read_into_both()
        self.postgres.sql(SWAP)
        wait_for("it is seen", lambda: self.a.metric("weir_stale_observed_total", resource="product", tier="l1") > 0, seconds=20)
        wait_for("it is repaired", lambda: self.price(self.a) == 777, seconds=10)


WRONG = """
[keys]
prefix = "wrong"

[admin]
listen = "${WEIR_ADMIN_LISTEN:-127.0.0.1:8081}"
token = "${WEIR_ADMIN_TOKEN:-}"

[server]
listen = "${WEIR_LISTEN:-127.0.0.1:8080}"

[redis]
url = "${WEIR_REDIS_URL}"

[postgres]
url = "${WEIR_POSTGRES_URL}"

[audit]
rate = 20

[resource.notes_of]
path = "/v1/notes/{author}"
key = "notes:of:{author}"
ttl = "1h"
rows = "many"
parameter.author = { max_length = 64 }
sql = "select id, title from notes where reviewer = {author} order by id"

[resource.note]
path = "/v1/note/{slug}"
key = "notes:item:{slug}"
ttl = "1h"
parameter.slug = { max_length = 64 }
sql = "select slug, title from notes where slug = spelt({slug})"

[change.notes]
keys = ["notes:of:{author}", "notes:item:{slug}"]  # the first should say reviewer
"""

NOTES = """
create table notes (id int primary key, slug text, title text, author text, reviewer text);
create function spelt(text) returns text language sql stable as 'select slug from notes where lower(slug) = lower($1)';
insert into notes values (1, 'Hello', 'old', 'ann', 'bob'), (2, 'plain', 'old', 'ann', 'bob')"""


class WrongMap(ServiceCase):
    def prepare(self):
        self.postgres.sql(NOTES)
        self.config = self.write_file("wrong.toml", WRONG)

    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    def title(self, target):
        return self.assert_status(200, self.node.get(target)).json["title"]

    def test_the_auditor_sees_a_change_that_names_the_wrong_key(self):
        titles = lambda: [row["title"] for row in self.assert_status(200, self.node.get("/v1/notes/bob")).json]
        self.assertEqual(["old", "old"], titles())
        self.postgres.sql("update notes set title = 'new'")
        wait_for("it is seen", lambda: self.node.metric("weir_stale_observed_total", resource="notes_of") > 0, seconds=20)
        wait_for("it is repaired", lambda: titles() == ["new", "new"], seconds=10)

    def test_a_row_that_gives_another_key_is_answered_and_never_stored(self):
        for _ in range(3):
            self.assert_miss(self.node.get("/v1/note/hello"))
        self.assertEqual(3, self.node.metric("weir_key_mismatches_total", resource="note"))
        self.postgres.sql("update notes set title = 'new'")
        self.assertEqual("new", self.title("/v1/note/hello"))
        wait_for("it is logged", lambda: '"key_mismatch"' in self.node.log())
        self.assertEqual(1, self.node.log().count('"key_mismatch"'))
        wait_for("the update is invalidated", lambda: self.owed() == 0)
        # In its own spelling it is stored, and every write is seen.
        self.assert_miss(self.node.get("/v1/note/Hello"))
        self.assert_hit(self.node.get("/v1/note/Hello"))
        self.assertEqual(b"", b"".join(key for key in self.redis("KEYS", "*notes:item:hello*")))


class TableWatch(LastNet):
    settings = WATCHED

    def assert_forgotten(self, expected, event):
        wait_for("both nodes answer anew", lambda: [self.price(node) for node in self.nodes] == [expected] * 2, seconds=10)
        wait_for("it is logged", lambda: all(self.logged(node, event) for node in self.nodes), seconds=10)

    def test_a_table_that_another_one_replaced_is_forgotten_and_again_while_it_is_not_recorded(self):
        self.read_into_both()
        self.postgres.sql(SWAP)
        self.assert_forgotten(777, "table_unrecorded")
        for price in (801, 802):
            self.postgres.sql(f"update products set price_cents = {price} where id = 'p1'")
            wait_for(f"{price} is seen", lambda: [self.price(node) for node in self.nodes] == [price] * 2, seconds=10)
        self.assertEqual(1, self.a.metric("weir_unrecorded_tables"))
        self.migrate()
        wait_for("it is recorded", lambda: all(node.metric("weir_unrecorded_tables") == 0 for node in self.nodes), seconds=10)
        for node in self.nodes:
            self.assertEqual(1, len(self.logged(node, "table_unrecorded")))
            wait_for("the end is logged", lambda node=node: len(self.logged(node, "table_recorded")) == 1, seconds=5)

    def test_a_write_between_a_trigger_disabled_and_enabled_again_is_seen(self):
        wait_for("the table was looked at", lambda: all(self.price(node) for node in self.nodes))
        self.read_into_both()
        self.postgres.sql("begin; alter table products disable trigger weir_update; "
                          "update products set price_cents = 779 where id = 'p1'; "
                          "alter table products enable trigger weir_update; commit")
        self.assert_forgotten(779, "table_forgotten")
        for node in self.nodes:
            self.assertEqual(0, node.metric("weir_unrecorded_tables"))

    def forgotten(self, cause):
        return sum(node.metric("weir_tables_forgotten_total", cause=cause) for node in self.nodes)

    def test_a_truncate_is_logged_as_what_it_is_and_so_is_a_rewrite_that_no_trigger_saw(self):
        def rewritten(statement, event):
            self.postgres.sql(statement)
            return all(self.logged(node, event) for node in self.nodes)

        wait_for("the truncate is told", lambda: rewritten("truncate products", "table_rewritten"), seconds=10, every=0.5)
        self.assertEqual([], self.logged(self.a, "table_forgotten"))
        self.assertEqual(0, self.a.metric("weir_tables_forgotten_total"))
        wait_for("the rewrite is told", lambda: rewritten("vacuum full products", "table_forgotten"), seconds=10, every=0.5)
        self.assertGreaterEqual(self.forgotten("rewritten"), 2)
        self.assertEqual(0, self.forgotten("replaced") + self.forgotten("triggers_altered") + self.forgotten("unrecorded"))

    def test_what_is_recorded_is_never_forgotten_by_the_watch(self):
        self.read_into_both()
        self.assert_status(200, self.a.post("/products/p1", {"price_cents": 5}))
        self.postgres.sql("analyze products")
        self.read_into_both()
        for node in self.nodes:
            self.assertEqual(0, node.metric("weir_tables_forgotten_total"))


if __name__ == "__main__":
    unittest.main()
