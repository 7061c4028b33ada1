"""`weir prove` on real rows: it finds what a wrong file does not name, nothing in a right one, and leaves nothing behind."""

import re
import signal
import subprocess
import time
import unittest

from case import ServiceCase, heavy, long
from node import BINARY, SHIPPED, run_weir
from prove_cases import FILMS, FILMS_RIGHT, HEAD, ID, JOINS, JOINS_REMEDIES, ODD, ODD_EMPTY, ODD_RIGHT, PRODUCT, TRADERS, TRADERS_RIGHT, WRONG, change, resource, without_one_name

CHECKSUM = """select string_agg(t || ':' || md5(xml), ' ' order by t) from (
    select c.oid::regclass::text as t, query_to_xml('select * from ' || c.oid::regclass || ' t order by t::text', true, true, '')::text as xml
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')) s"""


class Prove(ServiceCase):
    has_redis = False

    def migrate(self):
        pass

    def declare(self, sql, text):
        if sql:
            self.postgres.sql(sql)
        path = self.write_file("declared.toml", HEAD + text)
        done = run_weir("migrate", "--config", path, env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)
        return path

    def prove(self, path, *words):
        return run_weir("prove", "--config", path, "--yes", "--seed", "1", *words, env=self.env(), timeout=110)

    def found(self, done):
        return set(re.findall(r"resource\.(\w+) is not told of a write to (\w+)", done.stdout))

    def assert_found(self, expected, done):
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertIn(expected, self.found(done), done.stdout)

    def assert_clean(self, done):
        self.assertEqual((0, set()), (done.returncode, self.found(done)), done.stdout + done.stderr)
        self.assertIn("no counterexample", done.stdout)

    @heavy
    def test_the_shipped_file_has_no_counterexample_and_nothing_unproven(self):
        done = run_weir("migrate", "--config", SHIPPED, env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)
        self.assert_clean(self.prove(SHIPPED, "--seconds", "40"))

    def test_a_right_file_over_traders_has_no_counterexample(self):
        self.assert_clean(self.prove(self.declare(TRADERS, TRADERS_RIGHT)))

    def test_a_right_file_over_films_has_no_counterexample(self):
        self.assert_clean(self.prove(self.declare(FILMS, FILMS_RIGHT)))

    def test_a_right_file_over_tables_of_unusual_kinds_has_no_counterexample(self):
        self.assert_clean(self.prove(self.declare(ODD, ODD_RIGHT)))

    def test_a_table_without_rows_is_tried_with_rows_that_are_made(self):
        done = self.prove(self.declare(ODD, ODD_EMPTY))
        self.assertEqual({("pet", "owners")}, self.found(done), done.stdout)
        self.assertIn("given    insert into owners", done.stdout)

    def test_each_kind_of_wrong_file_has_its_counterexample(self):
        for schema in (TRADERS, FILMS):
            for kind, (needs, text, expected) in WRONG.items():
                if not needs.startswith(schema):
                    continue
                with self.subTest(kind):
                    self.postgres.sql("drop schema public cascade; drop schema if exists weir cascade; create schema public")
                    done = self.prove(self.declare(needs, text), "--seconds", "20")
                    self.assert_found(expected, done)

    @heavy
    def test_each_name_that_is_left_out_of_a_right_file_has_its_counterexample(self):
        self.postgres.sql(TRADERS)
        for name, text in without_one_name(TRADERS_RIGHT):
            with self.subTest(name):
                self.postgres.sql("drop schema if exists weir cascade")
                self.assertEqual(1, self.prove(self.declare("", text), "--seconds", "20").returncode)

    def test_every_table_that_a_resource_is_not_told_of_is_named_in_one_run(self):
        done = self.prove(self.declare(TRADERS, JOINS))
        self.assertEqual({("product", "categories"), ("product", "suppliers"), ("order_total", "products_n")}, self.found(done), done.stdout)
        for part in ("update categories set ", "GET /products/", "weir:v1:products:item:", "before ", "after ", "named    nothing",
                     *re.findall('sql = (".*")', JOINS_REMEDIES)):
            self.assertIn(part, done.stdout)
        self.assertEqual(1, done.returncode)
        self.assert_clean(self.prove(self.declare("", JOINS + JOINS_REMEDIES)))

    def test_nothing_remains_of_a_proof(self):
        path = self.declare(TRADERS, TRADERS_RIGHT)
        before = self.postgres.sql(CHECKSUM)
        relations = self.postgres.sql("select count(*) from pg_class")
        self.assert_clean(self.prove(path))
        self.assertEqual(before, self.postgres.sql(CHECKSUM))
        self.assertEqual(relations, self.postgres.sql("select count(*) from pg_class"))

    def test_a_proof_that_is_interrupted_leaves_nothing_and_is_not_clean(self):
        path = self.declare(TRADERS, TRADERS_RIGHT)
        before = self.postgres.sql(CHECKSUM)
        running = subprocess.Popen([BINARY, "prove", "--config", path, "--yes"], env=self.env(), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        for line in running.stderr:
            if line.startswith("Proving"):
                break
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=20)
        self.assertEqual(3, running.returncode, said)
        self.assertIn("stopped before", said)
        self.assertEqual(before, self.postgres.sql(CHECKSUM))
        self.assertEqual("0", self.postgres.sql("select count(*) from pg_stat_activity where state like 'idle in tr%'"))

    def slow(self, seconds, names=("slow",)):
        """Resources that are right, and each of whose answers takes so long."""
        return PRODUCT + change("products_n", "products:item:{product_id}", *(f"{name}:{{product_id}}" for name in names)) + "".join(
            resource(name, f"/{name}/{{id}}", f"{name}:{{id}}", "select product_id, product_name from products_n, "
                     f"pg_sleep({seconds}) where product_id = {{id}}", ID) for name in names)

    @long
    def test_a_resource_whose_answers_are_too_slow_to_compare_is_not_proven(self):
        done = self.prove(self.declare(TRADERS, self.slow(0.1)))
        self.assertEqual(3, done.returncode, done.stdout)
        self.assertRegex(done.stdout, r"Not proven: resource\.slow: no answer was compared .* to products_n: its SQL takes longer")
        self.assertNotIn("resource.product:", done.stdout)

    def test_the_time_limit_and_a_signal_end_the_look_around_before_the_first_change(self):
        path = self.declare(TRADERS, self.slow(0.2, [f"slow_{n}" for n in range(20)]))
        for words, stop in ((("--seconds", "1"), None), ((), signal.SIGINT)):
            with self.subTest(words):
                begin = time.monotonic()
                running = subprocess.Popen([BINARY, "prove", "--config", path, "--yes", *words], env=self.env(), stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, text=True)
                for line in running.stderr:
                    if line.startswith("Proving"):
                        break
                if stop:
                    running.send_signal(stop)
                said, _ = running.communicate(timeout=100)
                self.assertEqual(3, running.returncode, said)
                self.assertIn("stopped before", said)
                self.assertLess(time.monotonic() - begin, 12)

    def test_sql_that_writes_is_not_run_for_its_answer(self):
        function = """create table seen (id int); create function note(id int) returns int language plpgsql as
            $$ begin insert into seen values (id); return id; end $$;"""
        text = resource("noted", "/noted/{id}", "noted:{id}", "select product_id, note(product_id) as seen from products_n where product_id = {id}",
                        ID + '\nunwatched.note = { reason = "it only counts" }\nvolatile = { reason = "it only counts" }')
        done = self.prove(self.declare(TRADERS + function, text + change("products_n", "noted:{product_id}")))
        self.assertEqual("0", self.postgres.sql("select count(*) from seen"))
        self.assertEqual(3, done.returncode, done.stdout)
        self.assertIn("Not proven: resource.noted: it has no answer: cannot execute INSERT in a read-only transaction", done.stdout)

    def test_the_same_seed_gives_the_same_run(self):
        path = self.declare(TRADERS, WRONG["a key of the wrong column"][1])
        self.assertEqual(self.prove(path).stdout, self.prove(path).stdout)

    def test_a_proof_needs_the_triggers_of_the_file(self):
        self.postgres.sql(TRADERS)
        path = self.write_file("declared.toml", HEAD + TRADERS_RIGHT)
        done = self.prove(path)
        self.assertEqual(2, done.returncode)
        self.assertIn("run weir migrate first", done.stderr)

    def test_a_proof_without_a_terminal_needs_to_be_told_yes(self):
        path = self.declare(TRADERS, TRADERS_RIGHT)
        done = subprocess.run([BINARY, "prove", "--config", path], env=self.env(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(2, done.returncode)
        for part in ("locks the rows", "fires their triggers", "advances sequences", "--yes"):
            self.assertIn(part, done.stderr)

    def test_a_write_that_the_database_refuses_is_not_proven(self):
        guard = """create function guard() returns trigger language plpgsql as $$ begin raise exception 'suppliers are closed'; end $$;
            create trigger guard before update or insert or delete on suppliers for each row execute function guard();"""
        text = resource("supplier", "/suppliers/{id}", "suppliers:item:{id}",
                        "select supplier_id, company from suppliers where supplier_id = {id}", ID) + change("suppliers", "suppliers:item:{supplier_id}")
        done = self.prove(self.declare(TRADERS + guard, text))
        self.assertEqual(3, done.returncode, done.stdout)
        self.assertIn("Not proven: update of suppliers.company: suppliers are closed", done.stdout)

    def test_a_table_that_the_file_accepts_as_unwatched_is_not_tried(self):
        text = resource("product", "/products/{id}", "products:item:{id}",
                        "select p.product_id, s.company from products_n p join suppliers s using (supplier_id) where p.product_id = {id}",
                        ID + '\nunwatched.suppliers = { reason = "they keep their names" }') + change("products_n", "products:item:{product_id}")
        self.assert_clean(self.prove(self.declare(TRADERS, text)))

    def test_a_function_whose_tables_are_not_known_is_not_proven(self):
        function = """create function sold(id int) returns bigint language plpgsql stable as $$ begin
            return (select sum(quantity) from order_lines where product_id = id); end $$;"""
        text = resource("sold", "/products/{id}/sold", "products:sold:{id}",
                        "select product_id, sold(product_id) as sold from products_n where product_id = {id}", ID)
        done = self.prove(self.declare(TRADERS + function, text + change("products_n", "products:sold:{product_id}")))
        self.assertEqual(3, done.returncode, done.stdout)
        self.assertRegex(done.stdout, r"Not proven: resource\.sold: depends on \S*sold")

    def test_an_answer_that_changes_by_itself_is_no_counterexample(self):
        text = resource("lucky", "/lucky/{id}", "lucky:{id}",
                        "select product_id, random() as luck from products_n where product_id = {id}", ID)
        text += change("products_n", "lucky:{product_id}")
        done = self.prove(self.declare(TRADERS, text))
        self.assertEqual(3, done.returncode, done.stdout)
        self.assertIn("Not proven: resource.lucky: its answer changes without a write", done.stdout)

    def test_rows_in_no_declared_order_are_no_counterexample(self):
        guard = """create function guard() returns trigger language plpgsql as $$ begin raise exception 'no other customers'; end $$;
            create trigger guard before insert or delete or update of customer_id on customers for each row execute function guard();"""
        text = PRODUCT + change("products_n", "products:item:{product_id}") + resource("all", "/customers", "customers:all", "select customer_id from customers", 'rows = "many"')
        done = self.prove(self.declare(TRADERS + guard, text))
        self.assertEqual(set(), self.found(done), done.stdout)
        self.assertNotIn("update of customers.company", done.stdout)
        self.assertEqual(3, done.returncode)


if __name__ == "__main__":
    unittest.main()
