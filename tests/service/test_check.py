"""`weir check`, and a start with a file that must be refused: no server is needed to say what is wrong."""

import os
import re
import tempfile
import textwrap
import unittest

from case import in_every_build
from node import ROOT, SHIPPED, environment, run_weir


class Check(unittest.TestCase):
    def setUp(self):
        with open(SHIPPED) as file:
            self.shipped = file.read()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "broken.toml")

    def check(self, text, command="check"):
        with open(self.path, "w") as file:
            file.write(text)
        return run_weir(command, "--config", self.path, env=environment())

    def line_of(self, text, part):
        return text[: text.index(part)].count("\n") + 1

    @in_every_build
    def test_the_shipped_file_is_valid_and_printed_as_a_table(self):
        done = run_weir("check", "--config", SHIPPED, env=environment())
        self.assertEqual(0, done.returncode, done.stderr)
        for part in ("products:item:{id}", "products:list:{locale}", "articles:item:{slug}", "5m + 0..30s", "10m + 0..1m"):
            self.assertIn(part, done.stdout)

    def test_the_file_that_the_readme_shows_is_valid(self):
        with open(os.path.join(ROOT, "README.md")) as file:
            shown = re.search(r"^ *```toml\n(.*?)^ *```", file.read(), re.S | re.M).group(1)
        with open(self.path, "w") as file:
            file.write(textwrap.dedent(shown))
        servers = {"WEIR_POSTGRES_URL": "postgresql://app@127.0.0.1/shop", "WEIR_REDIS_URL": "redis://127.0.0.1:6379/0"}
        done = run_weir("check", "--config", self.path, env=environment(**servers))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("books:item:{id}", done.stdout)

    def test_a_mistake_is_named_with_file_line_and_column(self):
        text = self.shipped.replace('ttl = "300s"\n', "", 1)
        done = self.check(text)
        self.assertEqual(1, done.returncode)
        found = re.search(re.escape(self.path) + r":(\d+):(\d+): ", done.stderr)
        self.assertTrue(found, done.stderr)
        self.assertEqual(self.line_of(text, "[resource.products]"), int(found[1]), done.stderr)
        self.assertIn("ttl", done.stderr)

    @in_every_build
    def test_every_mistake_is_reported_in_one_run(self):
        text = self.shipped.replace('ttl = "300s"\n', "", 1).replace('jitter = "60s"', 'jitter = "400s"', 1)
        text = text.replace('key = "articles:item:{slug}"', 'key = "articles:item"')
        text += '\n[resource.odd]\ncolour = "red"\n'
        done = self.check(text)
        self.assertEqual(1, done.returncode)
        for part in ("ttl", "jitter", "slug", "colour"):
            self.assertIn(part, done.stderr)

    def test_a_file_that_is_no_toml_or_not_there_is_refused(self):
        done = self.check("[server\nlisten = 7")
        self.assertEqual(1, done.returncode)
        self.assertIn(f"{self.path}:1:", done.stderr)
        self.assertNotEqual(0, run_weir("check", "--config", self.path + ".absent", env=environment()).returncode)
        self.assertNotEqual(0, run_weir("nonsense", env=environment()).returncode)

    def test_serve_refuses_what_check_refuses(self):
        done = self.check(self.shipped.replace('ttl = "300s"\n', "", 1), command="serve")
        self.assertEqual(1, done.returncode)
        self.assertIn(f"{self.path}:", done.stderr)

    def test_serve_refuses_to_start_without_an_admin_token(self):
        for token in ("", "short"):
            done = run_weir("serve", "--config", SHIPPED, env=environment(WEIR_ADMIN_TOKEN=token))
            self.assertEqual(1, done.returncode, done.stderr)
            self.assertIn("token", done.stderr)

    def test_a_problem_never_shows_a_secret(self):
        env = environment(WEIR_ADMIN_TOKEN="tiny-one", WEIR_REDIS_URL="nonsense://:redis-hidden@127.0.0.1:x",
                          WEIR_POSTGRES_URL="nonsense://weir:postgres-hidden@127.0.0.1:x/weir")
        done = run_weir("serve", "--config", SHIPPED, env=env)
        self.assertEqual(1, done.returncode)
        for secret in ("tiny-one", "redis-hidden", "postgres-hidden"):
            self.assertNotIn(secret, done.stdout + done.stderr)

    def test_a_cast_of_a_keys_text_is_refused_with_the_type_to_declare(self):
        for cast, declared in {"{id}::uuid": "uuid", "cast({id} as int)": "integer", "{id}::date": "date",
                               "{id}::numeric": "decimal"}.items():
            text = self.shipped.replace("where id = {id} and published", f"where id = {cast} and published", 1)
            done = self.check(text)
            self.assertEqual(1, done.returncode, done.stderr)
            found = re.search(re.escape(self.path) + r":(\d+):\d+: resource.product.sql", done.stderr)
            self.assertTrue(found, done.stderr)
            self.assertEqual(self.line_of(text, f"where id = {cast}"), int(found[1]))
            self.assertIn("only one of them is invalidated", done.stderr)
            self.assertIn(f'parameter.id = {{ type = "{declared}" }}', done.stderr)

    def test_migrate_can_print_what_it_would_run(self):
        done = run_weir("migrate", "--print", "--config", SHIPPED, env=environment())
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("weir.outbox", done.stdout)


if __name__ == "__main__":
    unittest.main()
