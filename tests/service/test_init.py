"""`weir init`: what it writes for other people's databases is valid, and serves them as it stands."""

import json
import os
import re
import tomllib
import unittest
import urllib.parse

from case import ServiceCase, heavy, long
from node import environment, run_weir
from odd_schema import Schema
from servers import POSTGRES_PASSWORD

_NAME = r'"(?:[^"]|"")*"|[a-z_][a-z0-9_]*'
_EQUAL = re.compile(rf"({_NAME}) = \{{(\w+)\}}")


def _unquoted(name):
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _literal(text):
    return "'" + text.replace("'", "''") + "'"


class InitCase(ServiceCase):
    def init(self, *words):
        return run_weir("init", "--database", self.postgres.url, *words, env=environment())

    def write_config(self, *words):
        path = os.path.join(self.folder, "made.toml")
        done = self.init("--output", path, *words)
        self.assertEqual(0, done.returncode, done.stderr)
        return path

    def load(self, sql):
        self.postgres.file(self.write_file("schema.sql", sql))


class Follower:
    """Asks a node for all that its file declares, with values that the tables have."""

    def __init__(self, case, node, path):
        self._case, self._node = case, node
        with open(path, "rb") as file:
            self.file = tomllib.load(file)
        self._session = case.postgres.session()

    def rows(self, relation):
        """Each as {column: value}, the last one first. Numbers with a fraction stay texts."""
        text = self._session(f"select coalesce(json_agg(to_jsonb(t)), '[]') from {relation} t")
        return json.loads(text, parse_float=str)[::-1]

    def values(self, declared, row):
        """{parameter: value} of what the SQL compares with a column."""
        where = declared["sql"].rpartition("\nwhere ")[2]
        return {parameter: row[_unquoted(column)] for column, parameter in _EQUAL.findall(where)}

    def target(self, declared, row):
        values = self.values(declared, row)
        path = re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(str(values[m[1]]), safe=""), declared["path"])
        query = {name: values[name] for name in declared.get("query", {}) if name in values}
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def relation_of(self, declared):
        found = re.findall(rf"\bfrom (?:only )?((?:{_NAME})(?:\.(?:{_NAME}))?)", declared["sql"])
        return found[-1] if "weir_own" in declared["sql"] else found[0]

    def get(self, target, status=200):
        answer = self._node.get(target)
        self._case.assertEqual(status, answer.status, f"{target}: {answer}")
        return json.loads(answer.body, parse_float=str) if status == 200 else None

    def read_all(self):
        """Each resource: an item, an item with what it refers to, a list by a row's reference, the pages to their end."""
        for name, r in self.file["resource"].items():
            with self._case.subTest(resource=name, sql=r["sql"]):
                rows = self.rows(self.relation_of(r))
                if "after" in r.get("query", {}):
                    self._case.assertEqual(len(rows), self._count_by_pages(r["path"]))
                    continue
                row = next((row for row in rows if None not in self.values(r, row).values()), None)
                if row:
                    self._case.assertTrue(self.get(self.target(r, row)), r)

    def _count_by_pages(self, path):
        count, target = 0, f"{path}?limit=3"
        while target:
            page = self.get(target)
            count += len(page["items"])
            target = page["next"] and f"{path}?limit=3&after={page['next']}"
        return count

    def write_all(self):
        """For each table: a row is changed to what it is, deleted, and created anew from what it was."""
        for name, remove in self.file["write"].items():
            if remove["method"] == "DELETE":
                with self._case.subTest(write=name, sql=remove["sql"]):
                    self._write(remove)

    def _others(self, path, method):
        return [w for w in self.file["write"].values() if w["path"] == path and w["method"] == method]

    def _body(self, write, relation, condition):
        names = ", ".join(_literal(name) for name in write.get("body", {})) or "null"
        return self._session(f"select coalesce(jsonb_object_agg(weir_k, weir_v), '{{}}') from {relation} t, "
                             f"jsonb_each(to_jsonb(t)) as weir_e (weir_k, weir_v) "
                             f"where {condition} and weir_k in ({names}) and weir_v <> 'null'").encode()

    def _send(self, write, row, body, statuses=(200,)):
        answer = self._node.admin(write["method"], self.target(write, row), body)
        self._case.assertIn(answer.status, statuses, f"{write['method']} {self.target(write, row)} {body}: {answer}")
        return answer

    def _condition(self, write, row):
        where = write["sql"].rpartition("\nwhere ")[2].partition("\nreturning")[0]
        for parameter, value in self.values(write, row).items():
            where = where.replace(f"{{{parameter}}}", _literal(str(value)))
        return where

    def _write(self, remove):
        relation = self.relation_of(remove)
        rows = self.rows(relation)
        item = next(r for r in self.file["resource"].values() if r["path"] == remove["path"].removeprefix("/admin"))
        creates = self._others(remove["path"].split("/{")[0], "POST")
        for update in self._others(remove["path"], "PATCH"):
            body = self._body(update, relation, self._condition(remove, rows[0]))
            if body != b"{}":
                self._send(update, rows[0], body)
        for row in rows:
            bodies = [self._body(create, relation, self._condition(remove, row)) for create in creates]
            self.get(self.target(item, row))
            if self._send(remove, row, None, (200, 409)).status == 200:
                self.get(self.target(item, row), 404)
                break
        else:
            self._case.fail("no row could be deleted")
        for create, body in zip(creates, bodies):
            made = self._send(create, {}, body, (201,))
            self.get(self.target(item, json.loads(made.body, parse_float=str)["row"]))


class OddDatabase(InitCase):
    """Two hundred tables."""

    def prepare(self):
        self.load("drop table products, articles;" + Schema(seed=11, count=200).sql())
        self.config = self.write_config()

    @long
    @heavy
    def test_the_file_for_two_hundred_odd_tables_serves_each_of_them_as_it_stands(self):
        follower = Follower(self, self.start_node(), self.config)
        self.assertGreaterEqual(len(follower.file["change"]), 200)
        follower.read_all()
        follower.write_all()


NORTHWIND = """
create table categories (category_id smallint primary key, category_name varchar(15) not null, description text, picture bytea);
create table suppliers (supplier_id serial primary key, company_name varchar(40) not null, contact_name varchar(30), phone varchar(24), homepage text);
create table products (product_id serial primary key, product_name varchar(40) not null, supplier_id int references suppliers,
    category_id smallint references categories, unit_price numeric(10,2), units_in_stock smallint default 0, discontinued boolean not null default false);
create table customers (customer_id varchar(5) primary key, company_name varchar(40) not null, city varchar(15), fax varchar(24));
create table employees (employee_id smallint primary key, last_name varchar(20) not null, first_name varchar(10) not null, title varchar(30),
    birth_date date, hire_date date, reports_to smallint references employees);
create table orders (order_id serial primary key, customer_id varchar(5) references customers, employee_id smallint references employees,
    order_date date, freight real, ship_city varchar(15));
create table order_details (order_id int references orders, product_id int references products, unit_price numeric(10,2) not null,
    quantity smallint not null, discount real not null default 0, primary key (order_id, product_id));
insert into categories values (1, 'Beverages', 'Drinks', null), (2, 'Condiments', null, null), (3, 'Empty', 'None', null);
insert into suppliers (company_name, contact_name, phone) values ('Exotic Liquids', 'C. Cooper', '555-2222'), ('Idle', null, null);
insert into products (product_name, supplier_id, category_id, unit_price) values ('Chai', 1, 1, 18), ('Chang', 1, 1, 19), ('Syrup', 1, 2, 10);
insert into customers values ('ALFKI', 'Alfreds', 'Berlin', '030'), ('ANATR', 'Ana', 'México', null), ('A B/C', 'Odd', null, null);
insert into employees values (1, 'Davolio', 'Nancy', 'Rep', '1948-12-08', '1992-05-01', null), (2, 'Fuller', 'A.', 'VP', null, null, 1), (3, 'King', 'R.', null, null, null, 2);
insert into orders (customer_id, employee_id, order_date, freight) values ('ALFKI', 1, '2026-01-01', 1.5), ('ANATR', 2, '2026-01-02', 2), (null, null, null, 3);
insert into order_details values (1, 1, 18, 5, 0), (1, 2, 19, 1, 0.1), (2, 1, 18, 2, 0);
"""


class Northwind(InitCase):
    def prepare(self):
        self.load("drop table products, articles;" + NORTHWIND)
        self.config = self.write_config()

    def test_a_shop_is_served_as_it_stands(self):
        done = run_weir("check", "--config", self.config, env=self.env())
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        node = self.start_node()
        follower = Follower(self, node, self.config)
        self.assertEqual(7, len(follower.file["change"]))
        follower.read_all()
        follower.write_all()
        self.assertEqual("Chai", node.get("/v1/products/1").json["product_name"])
        self.assertEqual([1, 2], [p["product_id"] for p in node.get("/v1/products?category_id=1").json])
        self.assertEqual(18, node.get("/v1/order-details/1/1").json["unit_price"])

    def test_a_write_is_seen_in_the_item_and_the_list_and_the_pages(self):
        node = self.start_node()
        targets = ("/v1/products/1", "/v1/products?category_id=1", "/v1/products?category_id=2", "/v1/products?limit=2")
        for target in targets * 2:
            node.get(target)
        changed = node.admin("PATCH", "/admin/v1/products/1", {"category_id": 2, "unit_price": 20.5})
        self.assert_status(200, changed)
        self.assertEqual("done", changed.json["invalidation"])
        self.assertEqual(20.5, node.get(targets[0]).json["unit_price"])
        self.assertEqual([2], [p["product_id"] for p in node.get(targets[1]).json])
        self.assertEqual([1, 3], [p["product_id"] for p in node.get(targets[2]).json])
        self.assertEqual(20.5, node.get(targets[3]).json["items"][0]["unit_price"])

    def test_a_row_that_is_referred_to_is_as_fresh_as_the_item_that_shows_it(self):
        node = self.start_node()
        for target in ("/v1/products/1/full", "/v1/products/3/full", "/v1/order-details/1/1/full") * 2:
            node.get(target)
        self.assertEqual("Beverages", node.get("/v1/products/1/full").json["category"]["category_name"])
        self.assert_status(200, node.admin("PATCH", "/admin/v1/categories/1", {"category_name": "Drinks"}))
        self.assertEqual("Drinks", node.get("/v1/products/1/full").json["category"]["category_name"])
        self.assert_hit(node.get("/v1/products/3/full"))
        self.assert_status(200, node.admin("PATCH", "/admin/v1/products/1", {"category_id": 2}))
        self.assertEqual("Condiments", node.get("/v1/products/1/full").json["category"]["category_name"])
        self.assertEqual(2, node.get("/v1/order-details/1/1/full").json["product"]["category_id"])

    def test_nothing_that_is_proven_on_its_rows_contradicts_the_file(self):
        done = run_weir("prove", "--yes", "--seconds", "10", "--seed", "1", "--config", self.config, env=self.env())
        self.assertIn("no counterexample", done.stdout + done.stderr)

    def test_what_looks_personal_is_left_out_and_named(self):
        with open(self.config) as file:
            text = file.read()
        for name in ("contact_name", "phone", "fax", "last_name", "birth_date"):
            self.assertRegex(text, rf"# Left out, because it looks personal: .*\b{name}\b")
        follower = Follower(self, self.start_node(), self.config)
        for name, r in follower.file["resource"].items():
            self.assertNotRegex(r["sql"], "contact_name|phone|fax|last_name|birth_date", name)
        self.assertNotIn("employees_create", follower.file["write"])
        self.assertIn("suppliers_create", follower.file["write"])


class Command(InitCase):
    """On the tables of the trial."""

    def test_a_file_that_exists_is_never_overwritten(self):
        path = self.write_file("mine.toml", "mine\n")
        done = self.init("--output", path)
        self.assertEqual(1, done.returncode)
        self.assertIn(path, done.stderr)
        self.assertIn("not overwritten", done.stderr)
        with open(path) as file:
            self.assertEqual("mine\n", file.read())

    def test_the_file_goes_to_standard_output_and_has_no_password(self):
        done = self.init()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("[resource.products_item]", done.stdout)
        self.assertNotIn(POSTGRES_PASSWORD, done.stdout + done.stderr)
        servers = tomllib.loads(done.stdout)
        for table, field in (("server", "listen"), ("admin", "listen"), ("admin", "token"), ("redis", "url"), ("postgres", "url")):
            self.assertRegex(servers[table][field], r"^\$\{WEIR_[A-Z_]+:-")
        self.assertEqual(f"${{WEIR_POSTGRES_URL:-postgresql://weir@127.0.0.1:{self.postgres.port}/weir}}", servers["postgres"]["url"])

    def test_only_the_tables_that_were_named_are_served(self):
        done = self.init("--tables", "articles,public.products")
        self.assertEqual({"articles", "products"}, set(tomllib.loads(done.stdout)["change"]))
        done = self.init("--tables", "articles")
        self.assertEqual({"articles"}, set(tomllib.loads(done.stdout)["change"]))
        done = self.init("--tables", "artikles")
        self.assertEqual(1, done.returncode)
        self.assertIn("artikles", done.stderr)

    def test_the_address_may_come_from_the_environment_and_a_wrong_one_is_explained(self):
        done = run_weir("init", env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)
        wrong = self.postgres.url.replace(POSTGRES_PASSWORD, "hidden-word")
        done = run_weir("init", "--database", wrong, env=environment())
        self.assertEqual(1, done.returncode)
        self.assertIn("password authentication failed", done.stderr)
        self.assertNotIn("hidden-word", done.stderr)
        self.assertNotEqual(0, run_weir("init", env=environment()).returncode)


if __name__ == "__main__":
    unittest.main()
