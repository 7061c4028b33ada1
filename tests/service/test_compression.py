"""Answers in codings: as fresh as all others, on every node."""

import gzip
import unittest

from case import ServiceCase, in_every_build
from processes import wait_for

GZIP = {"Accept-Encoding": "gzip"}
LIST = "/v1/products?locale=en"


class Compression(ServiceCase):
    def get_coded(self, node, target, headers=GZIP, coding="gzip"):
        """The answer in that coding, once the node has made it."""
        def is_coded():
            answer = node.get(target, headers=headers)
            return answer if answer["Content-Encoding"] == coding else None
        return wait_for(f"{node.name} has it in {coding}", is_coded)

    @in_every_build
    def test_a_write_shows_at_once_in_the_compressed_answers_of_every_node(self):
        nodes = [self.start_node() for _ in range(3)]
        for price in range(1001, 1006):
            for node in nodes:
                plain = node.get(LIST)
                coded = self.get_coded(node, LIST)
                self.assertEqual(plain.body, gzip.decompress(coded.body))
                self.assertLess(len(coded.body), len(plain.body) / 2)
            written = nodes[price % 3].post("/products/p1", {"price_cents": price})
            self.assertEqual("done", written.json["invalidation"], written)
            for node in nodes:
                answer = node.get(LIST, headers=GZIP)
                body = gzip.decompress(answer.body) if answer["Content-Encoding"] else answer.body
                self.assertIn(b'"price_cents":%d' % price, body)
                self.assertNotEqual(coded["ETag"], answer["ETag"])

    def test_a_copy_is_confirmed_on_a_node_that_has_not_made_that_coding(self):
        one, other = self.start_node(), self.start_node()
        tag = self.get_coded(one, LIST)["ETag"]
        self.assertTrue(tag.endswith('-gz"'), tag)
        answer = other.get(LIST, headers=dict(GZIP, **{"If-None-Match": tag}))
        self.assert_status(304, answer)
        self.assertEqual(tag, answer["ETag"])
        self.assertEqual("Accept-Encoding", answer["Vary"])
        self.assert_status(200, other.get(LIST, headers={"If-None-Match": tag}))

    def test_each_coding_is_made_once_for_an_entry_and_counted(self):
        node = self.start_node(config=self.shipped_with("[l1]\nttl_max = \"60s\""), WEIR_WORKERS="2")
        for coding in ("gzip", "br", "zstd"):
            self.get_coded(node, LIST, {"Accept-Encoding": coding}, coding)
            for _ in range(20):
                node.get(LIST, headers={"Accept-Encoding": coding})
            self.assertEqual(1, node.metric("weir_variants_total", coding=coding, outcome="made"))
            self.assertGreaterEqual(node.metric("weir_http_coded_answers_total", coding=coding), 21)
        self.assertEqual(3, node.metric("weir_variants_total"))
        small = node.get("/v1/products/p1", headers=GZIP)
        self.assertEqual("", small["Content-Encoding"])
        self.assertEqual("Accept-Encoding", small["Vary"])

    def test_nothing_is_compressed_where_the_file_says_so(self):
        node = self.start_node(config=self.shipped_with("[compression]\ngzip = 0\nbr = 0\nzstd = 0"))
        for _ in range(3):
            answer = node.get(LIST, headers=GZIP)
            self.assertEqual("", answer["Content-Encoding"] + answer["Vary"])


if __name__ == "__main__":
    unittest.main()
