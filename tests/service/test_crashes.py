"""A writer that dies between its commit and its deletes: what it owes is delivered by another node, or by itself.

A fault point kills the process exactly there, at its n-th write, so that no run depends on luck."""

import os
import random
import time
import unittest

from case import heavy, long
from freshness import FreshCase, fault_binary, leave_report
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

    def look(self, node, target, row):
        """The version, and whether the next answer will come from a cache that has it: one that was loaded while Redis
        could not be asked says nothing about what Redis still holds."""
        answer = self.assert_status(200, node.get(target))
        products = answer.json if "?" in target else [answer.json]
        is_cached = answer.is_hit or "stored" in answer.cache
        return next(product["price_cents"] for product in products if product["id"] == f"c{row}"), is_cached

    def warm(self, nodes, row):
        """Until the old state is in every tier: otherwise a lost invalidation would not show."""
        for node in nodes:
            for target in self.targets(row):
                wait_for(f"{target} is in L1 of {node.name}", lambda: "detail=l1" in node.get(target)["Cache-Status"])

    def crash(self, doomed, row, at=1):
        """The writes before the last are acknowledged; the last one dies with its process, committed."""
        for price in range(1, at):
            written = self.assert_status(200, doomed.post("/products/p1", {"price_cents": price}))
            self.assertEqual("done", written.json["invalidation"])
        self.versions[row] = self.versions.get(row, 0) + 1
        with self.assertRaises(OSError):
            doomed.post(f"/products/c{row}", {"price_cents": self.versions[row]})
        wait_for("the process is gone", lambda: not doomed.child.is_running(), 5, every=0.001)
        doomed.was_killed = True
        self.assertEqual(str(self.versions[row]), self.postgres.sql(f"select price_cents from products where id = 'c{row}'"),
                         "it did not die after its commit")

    def seconds_until_seen(self, nodes, row, began):
        """On every node, in the item and in the list."""
        for node in nodes:
            for target in self.targets(row):
                wait_for(f"{node.name} shows the last write in {target}",
                         lambda: self.look(node, target, row) == (self.versions[row], True), 10, every=0.005)
        return time.monotonic() - began

    def report(self, what, spent):
        p50 = sorted(spent)[len(spent) // 2]
        print(f"{len(spent)} kills: {what} after {p50:.3f} s (p50), {max(spent):.3f} s (max)", flush=True)
        leave_report({"kills": len(spent), "p50_s": p50, "max_s": max(spent)})

    def assert_nothing_was_lost(self, nodes):
        for row, version in self.versions.items():
            for node in nodes:
                for target in self.targets(row):
                    self.assertEqual(version, self.look(node, target, row)[0], f"{node.name} {target}")

    @long
    @heavy
    def test_no_invalidation_is_lost_when_its_writer_dies_between_commit_and_delete(self):
        others = [self.start_node(), self.start_node()]
        doomed, spent, at = self.start_doomed(), [], 1
        for _ in range(KILLS):
            row = self.random.randrange(64)
            self.warm(others, row)
            self.crash(doomed, row, at)
            began, at = time.monotonic(), self.random.choice((1, 1, 1, 2))  # more than 1 waits for the dead node's lease
            doomed.launch(WEIR_TEST_FAULT_AT=str(at))
            spent.append(self.seconds_until_seen(others, row, began))
            doomed.wait_alive()
        self.assert_nothing_was_lost(others + [doomed])
        self.report("seen by the others", spent)
        self.assertLess(max(spent), BOUND)

    @heavy
    def test_a_node_alone_repairs_after_its_restart_what_it_owed_when_it_died(self):
        doomed, spent = self.start_doomed(), []
        for _ in range(KILLS_ALONE):
            row = self.random.randrange(64)
            self.warm([doomed], row)
            self.crash(doomed, row)
            began = time.monotonic()
            doomed.launch()
            doomed.wait_alive()
            spent.append(self.seconds_until_seen([doomed], row, began))
        self.assert_nothing_was_lost([doomed])
        self.report("alone, seen after its restart", spent)
        self.assertLess(max(spent), BOUND)


if __name__ == "__main__":
    unittest.main()
