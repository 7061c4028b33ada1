"""Keys through a query: joins, aggregates, a table joined with itself, arrays, and filters with a value for "all"."""

import os
import random
import unittest

from case import ServiceCase
from processes import wait_for

JOINS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "joins.toml")
CATEGORIES, SUPPLIERS, GOODS, ORDERS, TAGS = range(1, 5), range(1, 4), range(1, 13), range(1, 7), ("red", "dark blue", "it's")
TABLES = """
create table categories (category_id int primary key, category_name text not null, parent_id int references categories);
create table suppliers (supplier_id int primary key, company text not null);
create table goods (good_id int primary key, good_name text not null, unit_price numeric(10, 2) not null,
    category_id int not null references categories, supplier_id int not null references suppliers,
    tags text[] not null default '{}');
create table order_lines (order_id int, good_id int references goods, quantity int not null, primary key (order_id, good_id));
insert into categories values (1, 'category one', null), (2, 'category two', 1), (3, 'category three', 1), (4, 'category four', 2);
insert into suppliers values (1, 'supplier one'), (2, 'supplier two'), (3, 'supplier three');
insert into goods select n, 'good ' || n, n, 1 + n % 4, 1 + n % 3, (array['{red}', '{"dark blue",it''s}', '{}'])[1 + n % 3]::text[]
  from generate_series(1, 12) as n;
insert into order_lines select 1 + n % 6, n, n from generate_series(1, 12) as n;
"""
TARGETS = ([f"/v1/goods/{n}" for n in GOODS] + ["/v1/goods"] + [f"/v1/goods?category={n}" for n in CATEGORIES]
           + ["/v1/tags/" + tag.replace(" ", "%20").replace("'", "%27") for tag in TAGS]
           + [f"/v1/orders/{n}/total" for n in ORDERS] + [f"/v1/orders/{n}/categories" for n in ORDERS]
           + [f"/v1/categories/{n}" for n in CATEGORIES])


class Through(ServiceCase):
    config = JOINS

    def prepare(self):
        self.postgres.sql(TABLES)

    def setUp(self):
        super().setUp()
        self.start_node()
        self.start_node()

    def bodies(self, targets=None):
        """What both nodes answer, which is then in their L1 too."""
        out = {}
        for target in targets or TARGETS:
            for node in self.nodes:
                answer = node.get(target)
                self.assertIn(answer.status, (200, 404), answer)
                out[target, node.name] = answer.body.decode()
        return out

    def write(self, target, body):
        answer = self.assert_status(200, self.nodes[0].post(target, body)).json
        self.assertEqual("done", answer["invalidation"])
        return answer["invalidated"]

    def assert_nowhere(self, text):
        found = [where for where, body in self.bodies().items() if text in body]
        self.assertEqual([], found, f"{text} is still shown")

    def assert_seen(self, text, targets):
        """Within a second, though the write bypassed Weir."""
        wait_for(f"{text} is shown", lambda: all(text in body for body in self.bodies(targets).values()), 1)

    def test_a_renamed_category_is_seen_over_one_join_and_over_two(self):
        self.bodies()
        invalidated = self.write("/categories/2", {"name": "Drinks"})
        for key in ("goods:item:1", "goods:item:5", "goods:item:9", "orders:categories:2", "categories:item:4",
                    "tags:goods:dark%20blue"):
            self.assertIn(f"weir:v1:{key}", invalidated)
        self.assertNotIn("weir:v1:goods:item:2", invalidated)
        self.assert_nowhere("category two")
        self.bodies()
        self.postgres.sql("update categories set category_name = 'Tea' where category_id = 2")
        self.assert_seen("Tea", ["/v1/goods/1", "/v1/goods/5", "/v1/orders/2/categories", "/v1/categories/4"])

    def test_a_write_lists_its_own_names_and_forgets_what_others_owe_too(self):
        self.bodies()
        self.postgres.sql("update goods set good_name = 'moved' where good_id = 4")
        wait_for("it is delivered", lambda: self.owed() == 0)
        owed = "select table_name, image, 1, clock_timestamp() + interval '1 h' from weir.outbox order by id desc limit 1"
        self.postgres.sql(f"insert into weir.outbox (table_name, image, writer, due_at) {owed}")  # as a writer that is slow
        self.bodies()
        invalidated = self.write("/categories/2", {"name": "Drinks"})
        self.assertIn("weir:v1:goods:item:1", invalidated)
        self.assertNotIn("weir:v1:goods:item:4", invalidated)
        self.assertEqual("fwd=miss", self.nodes[0].get("/v1/goods/4").cache.split(";")[0])

    def test_a_supplier_and_a_price_are_seen_through_their_joins(self):
        self.bodies()
        self.postgres.sql("update suppliers set company = 'Exotic' where supplier_id = 2")
        self.assert_seen("Exotic", ["/v1/goods/1", "/v1/goods/4"])
        self.postgres.sql("update goods set unit_price = 1000 where good_id = 1")
        self.assert_seen("1049.00", ["/v1/orders/2/total"])  # 1 * 1000 and 7 * 7
        self.postgres.sql("delete from order_lines where order_id = 2 and good_id = 7")
        self.assert_seen("1000.00", ["/v1/orders/2/total"])

    def test_a_row_is_in_the_lists_of_its_array_and_in_the_one_of_all(self):
        self.bodies()
        self.postgres.sql("update goods set tags = '{red,\"it''s\"}', good_name = 'retagged' where good_id = 5")
        self.assert_seen("retagged", ["/v1/goods", "/v1/goods?category=2", "/v1/tags/it%27s", "/v1/tags/red"])
        self.assertNotIn("retagged", self.nodes[0].get("/v1/tags/dark%20blue").body.decode())

    def test_a_query_that_fails_forgets_whole_resources(self):
        self.bodies()
        self.postgres.sql("alter table order_lines rename to lines_of_orders")
        invalidated = self.write("/categories/2", {"name": "Drinks"})
        for resource in ("good", "tagged", "order_categories", "category"):
            self.assertIn(f"weir:v1:all:{resource}", invalidated)
        self.assertIn("Drinks", self.nodes[1].get("/v1/goods/1").body.decode())
        self.assertGreater(self.nodes[0].metric("weir_through_expansions_total", outcome="whole"), 0)
        self.assertIn("through_not_answered", self.nodes[0].log())

    def test_more_rows_than_bulk_rows_forget_their_resource_and_no_other(self):
        self.postgres.sql("insert into goods select n, 'x', 1, 2, 1 from generate_series(100, 120) as n")
        wait_for("nothing is owed", lambda: self.owed() == 0)
        invalidated = self.write("/categories/2", {"name": "Drinks"})
        self.assertIn("weir:v1:all:good", invalidated)
        self.assertIn("weir:v1:orders:categories:2", invalidated)
        self.assertNotIn("weir:v1:all:order_categories", invalidated)

    def test_a_write_whose_row_has_no_query_asks_the_database_nothing_more(self):
        self.postgres.sql("update order_lines set quantity = 3 where order_id = 1")
        wait_for("it is delivered", lambda: self.owed() == 0)
        self.assertEqual(0, sum(node.metric("weir_through_expansions_total", outcome="keys") for node in self.nodes))

    def test_no_old_name_is_shown_after_any_write_while_rows_move(self):
        """Each name is used once. Rows are moved directly in Postgres just before each write."""
        seed = random.randrange(2 ** 32)
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        names = {f"categories/{n}": f"category {w}" for n, w in zip(CATEGORIES, ("one", "two", "three", "four"))}
        names.update({f"suppliers/{n}": f"supplier {w}" for n, w in zip(SUPPLIERS, ("one", "two", "three"))})
        psql = self.postgres.session()
        for step in range(40):
            self.bodies()
            psql(chance.choice(MOVES)(chance))
            what = chance.choice(sorted(names))
            name = f"name {step} of {what.replace('/', ' ')} end"
            self.write(f"/{what}", {"name" if what.startswith("c") else "company": name})
            old, names[what] = names[what], name
            self.assert_nowhere(f'"{old}"')
        wait_for("nothing is owed", lambda: self.owed() == 0)
        cached = self.bodies()
        self.redis("FLUSHALL")
        for node in self.nodes:
            node.kill()
            node.start()
            node.wait_ready()
        self.assertEqual(cached, self.bodies())


MOVES = (
    lambda c: f"update goods set category_id = {c.choice(CATEGORIES)} where good_id = {c.choice(GOODS)}",
    lambda c: f"update goods set category_id = {c.choice(CATEGORIES)} where category_id = {c.choice(CATEGORIES)}",
    lambda c: f"update goods set supplier_id = {c.choice(SUPPLIERS)}, unit_price = {step_price(c)} where good_id = {c.choice(GOODS)}",
    lambda c: f"update goods set tags = array[{quoted(c.sample(TAGS, c.randrange(4)))}]::text[] where good_id = {c.choice(GOODS)}",
    lambda c: f"delete from order_lines where order_id = {c.choice(ORDERS)} and good_id = {c.choice(GOODS)}",
    lambda c: f"insert into order_lines values ({c.choice(ORDERS)}, {c.choice(GOODS)}, {c.randrange(1, 9)}) on conflict do nothing",
    lambda c: f"update categories set parent_id = nullif({c.choice(CATEGORIES)}, 1) where category_id = {c.choice(CATEGORIES)}",
)


def step_price(chance):
    return f"{chance.randrange(1, 10000) / 100:.2f}"


def quoted(texts):
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


if __name__ == "__main__":
    unittest.main()
