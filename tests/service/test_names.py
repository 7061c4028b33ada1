"""Tables, columns, parameters and body fields of any name: what an existing database and its clients have."""

import json
import random
import unittest
from urllib.parse import quote, quote_plus

from case import HEAD, WITHOUT_REDIS, ServiceCase, in_every_build
from node import run_weir
from processes import wait_for

# As ORMs and people write them, and some made of the same pieces.
KNOWN = ["Product", "categoryId", "order", "Order Line", "price-cents", "é", "数量", "filter[status]", "a+b", "1st", "it's"]
PIECES = ["a", "B", "é", " ", ".", '"', "'", "{", "}", ":", "/", "-", "_", "0", "$", "%", "\\", "[", "]", "&", "=", "+", "?"]


def names():
    chosen = random.Random(11)
    return KNOWN + ["x" + "".join(chosen.choices(PIECES, k=6)) + "x" for _ in range(8)]


def identifier(name):
    return '"' + name.replace('"', '""') + '"'


def toml(text):
    return json.dumps(text, ensure_ascii=False)


def placeholder(name):
    plain = not set(name) & set("{}") and not name.startswith('"')
    return "{" + (name if plain else identifier(name)) + "}"


def declared(n, name):
    """The table `name` in a schema of that name, with the columns `name` and `name 2`."""
    other = name + " 2"
    table = f"{identifier(name)}.{identifier(name)}"
    columns = f"{identifier(name)}, {identifier(other)}"
    p, q = placeholder(name), placeholder(other)
    return f"""
[resource.one_{n}]
path = {toml(f"/one/{n}/{p}")}
key = {toml(f"one{n}:{p}")}
ttl = "10m"
parameter.{toml(name)} = {{ max_length = 20 }}
sql = {toml(f"select {columns} from {table} where {identifier(name)} = {p}")}
[resource.many_{n}]
path = "/many/{n}"
key = {toml(f"many{n}:{q}")}
ttl = "10m"
rows = "many"
query.{toml(other)} = {{ max_length = 20 }}
sql = {toml(f"select {columns} from {table} where {identifier(other)} = {q} order by 1")}
[change.{toml(table)}]
keys = [{toml(f"one{n}:{p}")}, {toml(f"many{n}:{q}")}]
[write.set_{n}]
method = {'"PUT"' if n % 2 else '"PATCH"'}
path = {toml(f"/admin/v1/one/{n}/{p}")}
table = {toml(table)}
parameter.{toml(name)} = {{ max_length = 20 }}
body.{toml(other)} = {{ required = true, max_length = 20 }}
sql = {toml(f"update {table} set {identifier(other)} = {q} where {identifier(name)} = {p} returning {columns}")}
"""


class Names(ServiceCase):
    def prepare(self):
        self.names = names()
        self.config = self.write_file("names.toml", HEAD + "connections = 8\n" + "".join(declared(n, name) for n, name in enumerate(self.names)))
        for name in self.names:
            key, other = identifier(name), identifier(name + " 2")
            self.postgres.sql(f"create schema {key}; create table {key}.{key} ({key} text primary key, {other} text); "
                              f"insert into {key}.{key} values ('a', 'x'), ('b', 'y')")

    @in_every_build
    def test_a_name_of_any_spelling_is_read_written_and_invalidated(self):
        node = self.start_node()
        for n, name in enumerate(self.names):
            with self.subTest(name):
                other = name + " 2"
                item = f"/one/{n}/a"
                lists = [f"/many/{n}?{spelt}=x" for spelt in (quote(other, safe=""), quote_plus(other, safe="[]"))]
                self.assert_miss(node.get(item))
                self.assertEqual({name: "a", other: "x"}, self.assert_hit(node.get(item)).json)
                self.assertEqual(["a"], [row[name] for row in self.assert_miss(node.get(lists[0])).json])
                self.assert_hit(node.get(lists[1]))
                method, wrong = ("PUT", "PATCH") if n % 2 else ("PATCH", "PUT")
                written = self.assert_status(200, node.admin(method, f"/admin/v1/one/{n}/a", {other: "new"})).json
                self.assertEqual(({name: "a", other: "new"}, "done"), (written["row"], written["invalidation"]))
                self.assertEqual("new", self.assert_miss(node.get(item)).json[other])
                self.assertEqual([], self.assert_miss(node.get(lists[0])).json)
                self.assertEqual(method, self.assert_status(405, node.admin(wrong, f"/admin/v1/one/{n}/a", {}))["Allow"])
                self.postgres.sql(f"update {identifier(name)}.{identifier(name)} set {identifier(other)} = 'later'")
                wait_for("a write that bypasses Weir is seen", lambda: node.get(item).json[other] == "later", 2)

    def test_a_query_parameter_that_is_given_twice_is_refused_by_its_name(self):
        node = self.start_node()
        for n, name in enumerate(self.names):
            with self.subTest(name):
                spelt = quote(name + " 2", safe="")
                problem = self.assert_problem(400, node.get(f"/many/{n}?{spelt}=x&a=1&{spelt}=x"))
                self.assertEqual([{"parameter": name + " 2", "detail": "is given more than once"}], problem["errors"])
                self.assert_status(200, node.get(f"/many/{n}?{spelt}=x&other=1&other=2"))

    def test_check_prints_the_names_and_migrate_finds_the_tables(self):
        for command in ("check", "migrate"):
            done = run_weir(command, "--config", self.config, env=self.env())
            self.assertEqual(0, done.returncode, done.stderr)
        done = run_weir("check", "--config", self.config, env=self.env())
        self.assertIn("one0:{Product}", done.stdout)
        self.assertIn("PATCH /admin/v1/one/0/{Product}", done.stdout)


class LongNames(ServiceCase):
    """Postgres keeps 63 bytes of a prepared statement's name. Resources and writes that begin alike have different SQL."""

    has_redis = False
    head = "a_resource_whose_name_is_longer_than_the_sixty_three_bytes_that_postgres_keeps_of_it"

    def prepare(self):
        self.postgres.sql("create table things (id int primary key, note text); insert into things values (1, 'x')")
        text = WITHOUT_REDIS + "connections = 5\n"
        for n in range(4):
            text += f"""
[resource.{self.head}_{n}]
path = "/things/{n}/{{id}}"
key = "things:{n}:{{id}}"
ttl = "10m"
parameter.id = {{ type = "integer" }}
sql = "select id, {n} as own from things where id = {{id}}"
[write.{self.head}_{n}]
method = "PUT"
path = "/admin/things/{n}/{{id}}"
table = "things"
parameter.id = {{ type = "integer" }}
sql = "update things set note = note || '{n}' where id = {{id}} returning {n} as own"
"""
        keys = ", ".join(f'"things:{n}:{{id}}"' for n in range(4))
        self.config = self.write_file("long.toml", f"{text}\n[change.things]\nkeys = [{keys}]\n")

    def test_names_that_begin_alike_never_run_the_sql_of_each_other(self):
        node = self.start_node()
        for _ in range(2):  # the second time with statements that are prepared
            for n in (0, 3, 1, 2):
                self.assertEqual(n, self.assert_status(200, node.admin("PUT", f"/admin/things/{n}/1", {})).json["row"]["own"])
            for n in (2, 0, 1, 3):
                self.assertEqual({"id": 1, "own": n}, self.assert_status(200, node.get(f"/things/{n}/1")).json)
        self.assertEqual("x03120312", self.postgres.sql("select note from things"))
        self.assertEqual([], [line for line in node.log().splitlines() if "truncated" in line])


if __name__ == "__main__":
    unittest.main()
