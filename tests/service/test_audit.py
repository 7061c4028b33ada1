"""The service checks its own promise: it compares what it would serve of recently invalidated keys with the database."""

import json
import unittest

from case import ServiceCase
from processes import wait_for

TARGET, KEY = "/v1/products/p1", "weir:v1:products:item:p1"


class Audit(ServiceCase):
    def setUp(self):
        super().setUp()
        self.writer, self.other = self.start_node(), self.start_node()

    @staticmethod
    def comes_true(condition, seconds):
        try:
            return wait_for("it comes true", condition, seconds=seconds, every=0.2)
        except AssertionError:
            return False

    def stale(self, node, tier):
        return node.metric("weir_stale_observed_total", resource="product", tier=tier)

    def test_every_node_audits_what_was_written_on_any_and_finds_it_fresh(self):
        def write_and_ask():
            self.assert_status(200, self.writer.post("/products/p1", {"price_cents": 5}))
            for node in self.nodes:
                self.assert_status(200, node.get(TARGET))
            return all(node.metric("weir_audits_total", outcome="fresh") > 0 for node in self.nodes)

        wait_for("each node has audited", write_and_ask, seconds=30, every=1.5)
        for node in self.nodes:
            self.assertEqual(0, node.metric("weir_stale_observed_total"))
            self.assertNotIn("stale_observed", node.log())

    def test_a_change_that_no_trigger_recorded_is_reported(self):
        self.postgres.sql("alter table products disable trigger all")

        def all_are_reported():
            return all(self.stale(node, tier) > 0 for node in self.nodes for tier in ("l1", "l2"))

        def are_reported_after_a_change():
            self.assert_status(200, self.writer.admin("POST", "/admin/v1/invalidate", {"keys": [KEY]}))
            for node in self.nodes:
                self.assert_status(200, node.get(TARGET))
            self.postgres.sql("update products set price_cents = price_cents + 1 where id = 'p1'")
            # On a busy machine an audit rests for seconds, and one that a change interrupts says nothing.
            return self.comes_true(all_are_reported, seconds=10)

        wait_for("both tiers of both nodes are reported", are_reported_after_a_change, seconds=60, every=0.1)
        for node in self.nodes:
            told = [json.loads(line) for line in node.log().splitlines() if '"stale_observed"' in line]
            self.assertEqual({KEY}, {line["key"] for line in told})
            self.assertEqual({"error"}, {line["level"] for line in told})


if __name__ == "__main__":
    unittest.main()
