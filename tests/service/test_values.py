"""Values that clients write and the database reads: malformed ones, and columns that spell them otherwise."""

import os
import unittest
from urllib.parse import quote

from case import ServiceCase, in_every_build
from client import get_at_once
from node import run_weir
from processes import wait_for

VALUES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values.toml")
CAFE = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
TABLES = f"""
create table things (id uuid primary key, title text not null, day date not null default '2026-01-05',
    small smallint not null default 1, price text not null default '1.0000', attributes jsonb not null default '{{}}');
insert into things (id, title) values ('{CAFE}', 'Cafe');
insert into things (id, title, small) values ('b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'Nil', 0)"""

REFUSED = (
    [f"/v1/things/{quote(bad)}" for bad in ("not-a-uuid", "7", CAFE[:-1], CAFE + "0", CAFE.replace("a", "x", 1), "'; --")]
    + [f"/v1/days/{quote(bad)}" for bad in ("tomorrowish", "2026-13-01", "2026-02-30", "99999-99-99", "1e3", "{}", "today")])
IN_PATHS = ["/v1/mine/not-a-uuid"] + [f"/v1/small/{bad}" for bad in (32768, -32769, 2 ** 31, 2 ** 63 - 1)]
IN_QUERIES = [f"/v1/search?kind={kind}&value={quote(bad)}" for kind, values in {
    "at": ["never", "2026-13-01", "2026-02-30"],
    "bytes": ["7", "xy", "ff"],
    "pattern": ["(", "[", "*", "a{2,1}"],
    "path": ["(", "[z-a]"],
}.items() for bad in values]

class Values(ServiceCase):
    config = VALUES

    def prepare(self):
        self.postgres.sql(TABLES)

    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    @in_every_build
    def test_a_malformed_value_is_never_a_500_and_never_stored(self):
        for _ in range(2):
            for target in REFUSED:
                with self.subTest(target):
                    self.assert_problem(400, self.node.get(target))
            for target in IN_PATHS:
                with self.subTest(target):
                    problem = self.assert_problem(404, self.node.get(target))
                    self.assertIn("malformed", problem["detail"])
            for target in IN_QUERIES:
                with self.subTest(target):
                    problem = self.assert_problem(400, self.node.get(target))
                    self.assertIn("value", problem["detail"])
        self.assertEqual([], self.cached_keys())
        self.assert_problem(422, self.node.post("/things/not-a-uuid", {"title": "x"}))
        self.assert_status(200, self.node.get(f"/v1/mine/{CAFE}"))
        self.assert_miss(self.node.get(f"/v1/things/{CAFE}"))
        self.assert_hit(self.node.get(f"/v1/things/{CAFE}"))

    def test_serve_refuses_a_cast_of_a_keys_text(self):
        with open(VALUES) as file:
            text = file.read().replace('parameter.id = { type = "uuid" }', "parameter.id = { max_length = 64 }", 1)
        path = self.write_file("cast.toml", text.replace("where id = {id}", "where id = {id}::uuid", 1))
        done = run_weir("serve", "--config", path, env=self.env())
        self.assertEqual(1, done.returncode)
        self.assertIn("resource.thing.sql compares the text {id} as uuid", done.stderr)
        self.assertIn('parameter.id = { type = "uuid" }', done.stderr)

    def test_an_error_that_comes_from_the_rows_stays_a_500(self):
        self.assert_problem(500, self.node.get("/v1/ratios/Nil"))
        self.assertEqual([], self.cached_keys())

    @in_every_build
    def test_a_column_that_spells_a_number_otherwise_forgets_the_whole_resource(self):
        """A text column has 1.0000, and clients ask for 1."""
        target = "/v1/priced/1"
        self.assert_miss(self.node.get(target))
        self.assert_hit(self.node.get(target))
        written = self.assert_status(200, self.node.post(f"/things/{CAFE}", {"title": "Tea"})).json
        self.assertEqual("done", written["invalidation"])
        self.assertIn("weir:v1:all:priced", written["invalidated"])
        self.assertIn("Tea", [row["title"] for row in self.assert_miss(self.node.get(target)).json])
        self.postgres.sql("update things set title = 'Milk' where title = 'Tea'")
        wait_for("a write past Weir is seen", lambda: "Milk" in self.node.get(target).body.decode(), 2)
        labels = {"table": "things", "column": "price", "resource": "priced"}
        self.assertGreater(self.node.metric("weir_refused_columns_total", **labels), 0)
        lines = [line for line in self.node.log().splitlines() if '"column_value_refused"' in line]
        self.assertEqual(1, len(lines), "one line in ten seconds")
        for part in labels.values():
            self.assertIn(f'"{part}"', lines[0])

    def test_a_malformed_value_fails_none_of_the_loads_beside_it(self):
        """They share trips to Postgres, where an error ends a transaction."""
        self.assert_status(200, self.node.get(f"/v1/things/{CAFE}"))
        for n in range(20):
            good = [f"/v1/things/{n:08d}-{i:04d}-4000-8000-000000000000" for i in range(60)]
            bad = [f"/v1/small/{40_000 + 20 * n + i}" for i in range(20)]
            targets = [t for trio in zip(good[0::3], good[1::3], good[2::3], bad) for t in trio]
            for target, answer in zip(targets, get_at_once([self.node.port], targets)):
                detail = self.assert_problem(404, answer)["detail"]
                self.assertEqual(target in bad, "malformed" in detail, (target, detail))


if __name__ == "__main__":
    unittest.main()
