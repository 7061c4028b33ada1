"""A writer that dies between its commit and its deletes: what it owes is delivered by another node, or by itself.

A fault point kills the process exactly there, at its n-th write, so that no run depends on luck."""

import os
import random
import time
import unittest

from case import alone
from freshness import FreshCase, fault_binary
from processes import wait_for

KILLS = int(os.environ.get("WEIR_CRASH_KILLS", "24"))
KILLS_ALONE = max(6, KILLS // 10)
BOUND = 1.0 if "WEIR_CRASH_KILLS" in os.environ else 3.0  # seconds; the looser one is for busy machines


class Crashes(FreshCase):
    def setUp(self):
        super().setUp()
        self.versions = {}
        self.random = random.Random(3)

    def start_doomed(self):
        return self.start_node(binary=fault_binary(), keeps_ports=True, WEIR_TEST_FAULT="crash_after_commit",
                               WEIR_TEST_FAULT_AT="1")

    def targets(self, row):
        return f"/v1/products/c{row}", f"/v1/products?locale=x{row % 8}"

    def version_at(self, node, target, row):
        answer = self.assert_status(200, node.get(target))
        if target.endswith(f"/c{row}"):
            return answer.json["price_cents"]
        return next(product["price_cents"] for product in answer.json if product["id"] == f"c{row}")

    def warm(self, nodes, row):
        """Until the old state is in every tier: otherwise a lost invalidation would not show."""
        for node in nodes:
            for target in self.targets(row):
                wait_for(f"{target} is in L1 of {node.name}", lambda: "detail=l1" in node.get(target)["Cache-Status"])

    def write_until_the_crash(self, doomed, row):
        """The write before the last is acknowledged; the last one dies with its process, committed."""
        while True:
            self.versions[row] = self.versions.get(row, 0) + 1
            try:
                written = doomed.post(f"/products/c{row}", {"price_cents": self.versions[row]})
            except OSError:
                break
            self.assertEqual("done", self.assert_status(200, written).json["invalidation"])
        wait_for("the process is gone", lambda: not doomed.child.is_running(), 5, every=0.001)
        doomed.was_killed = True
        self.assertEqual(str(self.versions[row]), self.postgres.sql(f"select price_cents from products where id = 'c{row}'"),
                         "it did not die after its commit")

    def seconds_until_seen(self, nodes, row, began):
        """On every node, in the item and in the list."""
        for node in nodes:
            for target in self.targets(row):
                wait_for(f"{node.name} shows the last write in {target}",
                         lambda: self.version_at(node, target, row) == self.versions[row], 10, every=0.005)
        return time.monotonic() - began

    def assert_nothing_was_lost(self, nodes):
        for row, version in self.versions.items():
            for node in nodes:
                for target in self.targets(row):
                    self.assertEqual(version, self.version_at(node, target, row), f"{node.name} {target}")

    @alone
    def test_no_invalidation_is_lost_when_its_writer_dies_between_commit_and_delete(self):
        others = [self.start_node(), self.start_node()]
        doomed, spent = self.start_doomed(), []
        for _ in range(KILLS):
            row = self.random.randrange(64)
            self.warm(others, row)
            self.write_until_the_crash(doomed, row)
            began = time.monotonic()
            doomed.launch(WEIR_TEST_FAULT_AT=str(self.random.randrange(1, 4)))
            spent.append(self.seconds_until_seen(others, row, began))
            doomed.wait_alive()
        self.assert_nothing_was_lost(others + [doomed])
        print(f"{KILLS} kills, seen by the others within {max(spent):.3f} s", flush=True)
        self.assertLess(max(spent), BOUND)

    @alone
    def test_a_node_alone_repairs_after_its_restart_what_it_owed_when_it_died(self):
        doomed, spent = self.start_doomed(), []
        for _ in range(KILLS_ALONE):
            row = self.random.randrange(64)
            self.warm([doomed], row)
            self.write_until_the_crash(doomed, row)
            began = time.monotonic()
            doomed.launch()
            doomed.wait_alive()
            spent.append(self.seconds_until_seen([doomed], row, began))
        self.assert_nothing_was_lost([doomed])
        print(f"{KILLS_ALONE} kills of a node alone, repaired within {max(spent):.3f} s of its restart", flush=True)
        self.assertLess(max(spent), BOUND)


if __name__ == "__main__":
    unittest.main()
