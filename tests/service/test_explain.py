"""What an operator learns of an answer: which tier holds it, how old it is, and when it was last invalidated."""

import unittest

from case import ServiceCase
from processes import wait_for


class Explain(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    def explain(self, target, node=None):
        return self.assert_status(200, (node or self.node).admin("GET", f"/admin/v1/explain?path={target}")).json

    def test_each_tier_and_the_last_invalidation_are_told(self):
        told = self.explain("/v1/products/p1")
        self.assertEqual("product", told["resource"])
        self.assertEqual("weir:v1:products:item:p1", told["key"]["name"])
        self.assertIsNone(told["key"]["invalidated_s_ago"])
        self.assertEqual("absent", told["l2"]["state"])
        etag = self.assert_miss(self.node.get("/v1/products/p1"))["ETag"].strip('"')
        told = self.explain("/v1/products/p1")
        self.assertEqual(("present", "value", etag, True), tuple(told["l2"][k] for k in ("state", "kind", "etag",
                                                                                         "tags_valid")))
        self.assertTrue(590 < told["l2"]["ttl_left_s"] <= 660)
        self.assertTrue(0 <= told["l2"]["age_s"] < 10)
        self.assert_status(200, self.node.post("/products/p1", {"price_cents": 5}))
        told = self.explain("/v1/products/p1")
        self.assertEqual("absent", told["l2"]["state"])
        self.assertNotEqual("present", told["l1"]["state"])
        self.assertTrue(0 <= told["key"]["invalidated_s_ago"] < 10)

    def test_an_absence_is_told_apart_from_nothing(self):
        self.assert_problem(404, self.node.get("/v1/products/nobody"))
        self.assertEqual("absence", self.explain("/v1/products/nobody")["l2"]["kind"])

    def test_l1_serves_what_it_holds_and_another_node_hears_of_writes(self):
        other = self.start_node()
        wait_for("L1 answers", lambda: "detail=l1" in other.get("/v1/products/p5")["Cache-Status"])
        told = self.explain("/v1/products/p5", other)
        self.assertTrue(told["l1_trusted"])
        self.assertTrue(told["l1"]["served"])
        self.assertFalse(told["l2"]["served"])
        self.assertEqual(told["l2"]["etag"], told["l1"]["etag"])
        self.assert_status(200, self.node.post("/products/p5", {"price_cents": 5}))
        told = self.explain("/v1/products/p5", other)
        self.assertEqual("absent", told["l1"]["state"])
        self.assertTrue(0 <= told["key"]["invalidated_s_ago"] < 10)

    def test_a_page_is_explained_with_its_tags(self):
        target = "/v1/products?locale=en&limit=5"
        self.assert_miss(self.node.get(target))
        told = self.explain(target)
        self.assertEqual("weir:v1:products:page:en:5:=", told["key"]["name"])
        self.assertEqual(["weir:v1:all:products_page", "weir:v1:tag:products:pages:en"],
                         [tag["name"] for tag in told["tags"]])
        self.assertEqual([tag["version"] for tag in told["tags"]], told["l2"]["tag_versions"])
        self.assert_status(200, self.node.post("/products/p1", {"price_cents": 5}))
        told = self.explain(target)
        self.assertTrue(0 <= told["tags"][1]["invalidated_s_ago"] < 10)
        self.assertFalse(told["l2"].get("served", False))

    def test_what_is_no_target_is_a_400_and_no_path_a_404(self):
        self.assert_problem(400, self.node.admin("GET", "/admin/v1/explain"))
        self.assert_problem(404, self.node.admin("GET", "/admin/v1/explain?path=/v1/nothing"))
        self.assert_problem(401, self.node.admin("GET", "/admin/v1/explain?path=/v1/products/p1", token=None))


if __name__ == "__main__":
    unittest.main()
