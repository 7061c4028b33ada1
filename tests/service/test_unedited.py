"""What `weir init` writes agrees with the database as it stands: `weir check --database` and `weir prove` find nothing, unedited."""

import unittest

from case import heavy, long
from film_schema import FILM_RENTAL
from node import run_weir
from odd_schema import Schema
from strict_schema import STRICT
from test_init import NORTHWIND, InitCase as Base


class Unedited(Base):
    has_redis = False

    def migrate(self):
        pass

    def assert_proven(self, schema):
        self.load("drop table if exists products, articles;" + schema)
        path = self.write_config()
        for words, said in ((("migrate",), ""), (("check", "--database"), "The database agrees with"),
                            (("prove", "--yes", "--seed", "1", "--seconds", "60"), "no counterexample")):
            done = run_weir(*words, "--config", path, env=self.env(), timeout=110)
            self.assertEqual(0, done.returncode, f"{words}: {done.stdout[-4000:]} {done.stderr[-4000:]}")
            self.assertIn(said, done.stdout)

    def test_the_file_of_a_shop_is_proven(self):
        self.assert_proven(NORTHWIND)

    def test_the_file_of_a_film_rental_is_proven(self):
        self.assert_proven(FILM_RENTAL)

    def test_the_file_of_tables_full_of_constraints_is_proven(self):
        self.assert_proven(STRICT)

    @long
    @heavy
    def test_the_file_of_odd_tables_is_proven(self):
        self.assert_proven(Schema(seed=11, count=40).sql())

    @long
    @heavy
    def test_the_file_of_other_odd_tables_is_proven(self):
        self.assert_proven(Schema(seed=12, count=40).sql())


if __name__ == "__main__":
    unittest.main()
