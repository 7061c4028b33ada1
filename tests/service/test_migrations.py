"""`weir migrate` on a database that another file has migrated too."""

import unittest

from case import ServiceCase
from node import SHIPPED, run_weir
from test_values import TABLES, VALUES

TRIGGERS = "select count(*) from pg_trigger where tgname like 'weir\\_%' and tgrelid = '{}'::regclass"


class Migrations(ServiceCase):
    has_redis = False

    def prepare(self):
        self.postgres.sql(TABLES)

    def migrate_with(self, config, *flags):
        done = run_weir("migrate", "--config", config, *flags, env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def triggers_of(self, table):
        return self.postgres.sql(TRIGGERS.format(table))

    def test_a_migration_leaves_what_another_file_declares_until_it_is_told_to_prune(self):
        said = self.migrate_with(VALUES)
        for part in ("articles: weir_delete, weir_insert", "products: weir_delete, weir_insert", "weir migrate --prune --config"):
            self.assertIn(part, said)
        self.assertEqual(["5"] * 3, [self.triggers_of(t) for t in ("articles", "products", "things")])
        said = self.migrate_with(SHIPPED)
        self.assertIn("things: weir_delete", said)
        self.assertNotIn("Left in place", self.migrate_with(SHIPPED, "--prune"))
        self.assertEqual(["5", "5", "0"], [self.triggers_of(t) for t in ("articles", "products", "things")])


if __name__ == "__main__":
    unittest.main()
