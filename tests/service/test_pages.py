"""A list by pages: keyset cursors that a client hands back as it got them, and every page new after any write."""

import base64
import unittest

from case import ServiceCase, in_every_build

TAG = "weir:v1:tag:products:pages:en"


def cursor(value):
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


class Pages(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    def page(self, node=None, after=None, limit=100, locale="en"):
        target = f"/v1/products?locale={locale}&limit={limit}" + (f"&after={after}" if after is not None else "")
        return self.assert_status(200, (node or self.node).get(target))

    def walk(self, node=None, **more):
        """Every page from the first to the last, as a client would ask for them."""
        pages, after = [], None
        while True:
            pages.append(self.page(node, after=after, **more).json)
            after = pages[-1]["next"]
            if after is None:
                return pages

    def items(self, pages):
        return {item["id"]: item for page in pages for item in page["items"]}

    def add(self, product, locale="en"):
        row = {"id": product, "locale": locale, "name": "New", "price_cents": 5, "currency": "USD"}
        written = self.assert_status(201, self.node.post("/products", row)).json
        self.assertEqual("done", written["invalidation"], written)
        return written

    @in_every_build
    def test_pages_follow_one_another_to_the_end_and_show_every_row_once(self):
        first = self.page(limit=20).json
        self.assertEqual(20, len(first["items"]))
        self.assertEqual({"id", "name", "price_cents", "currency"}, set(first["items"][0]))
        self.assertEqual(cursor(first["items"][-1]["id"]), first["next"])
        pages = self.walk()
        ids = [item["id"] for page in pages for item in page["items"]]
        self.assertEqual(sorted(ids), ids)
        plain = self.assert_status(200, self.node.get("/v1/products?locale=en")).json
        self.assertEqual([item["id"] for item in plain], ids)
        self.assertTrue(all(len(page["items"]) == 100 for page in pages[:-1]))

    def test_pages_are_cached_one_by_one(self):
        following = self.assert_miss(self.page(limit=20)).json["next"]
        self.assert_hit(self.page(limit=20))
        self.assert_miss(self.page(limit=21))
        self.assert_miss(self.page(limit=20, after=following))
        self.assert_hit(self.page(limit=20, after=following))
        self.assertTrue(0 < self.redis("PTTL", "weir:v1:products:page:en:20:=") <= 132_000)
        self.assert_miss(self.node.get("/v1/products?locale=en"))  # the plain list is another resource

    def test_a_page_after_the_last_row_is_empty_and_has_no_next(self):
        self.assertEqual({"items": [], "next": None}, self.page(after=cursor("zzz")).json)
        self.assertEqual({"items": [], "next": None}, self.page(locale="xx").json)

    def test_a_full_last_page_has_no_next(self):
        for n in range(3):
            self.add(f"x{n}", locale="xx")
        self.assertIsNone(self.page(locale="xx", limit=3).json["next"])
        self.assertEqual(cursor("x1"), self.page(locale="xx", limit=2).json["next"])

    @in_every_build
    def test_a_cursor_that_no_page_gave_is_a_400_that_names_it(self):
        for garbage in ("!", "", "cDE=", "cDF", "a", "%ff", "_w", "AA", "cDEx&after=cDEx"):
            problem = self.assert_problem(400, self.node.get(f"/v1/products?locale=en&after={garbage}"))
            self.assertEqual(["after"], [error["parameter"] for error in problem["errors"]], garbage)

    def test_a_limit_out_of_its_range_is_a_400_that_names_it(self):
        for limit in ("0", "101", "-1", "ten", "", "1.5"):
            problem = self.assert_problem(400, self.node.get(f"/v1/products?locale=en&limit={limit}"))
            self.assertEqual(["limit"], [error["parameter"] for error in problem["errors"]], limit)
        self.assertEqual(1, len(self.page(limit=1).json["items"]))

    @in_every_build
    def test_an_update_is_on_the_next_get_of_every_page_on_every_node(self):
        other = self.start_node()
        before = self.walk(limit=100)
        self.walk(other, limit=100)
        middle = before[len(before) // 2]["items"][50]["id"]
        written = self.assert_status(200, self.node.post(f"/products/{middle}", {"price_cents": 123_456})).json
        self.assertEqual("done", written["invalidation"])
        self.assertIn(TAG, written["invalidated"])
        for node in (other, self.node):
            self.assertEqual(123_456, self.items(self.walk(node))[middle]["price_cents"])

    def test_an_insert_and_a_delete_move_the_rows_of_every_later_page(self):
        before = self.walk()
        self.add("p1-new")
        after = self.walk()
        self.assertEqual(set(self.items(before)) | {"p1-new"}, set(self.items(after)))
        self.assertNotEqual(before[1]["items"], after[1]["items"], "the rows have not moved")
        self.assert_status(200, self.node.delete("/products/p1-new"))
        self.assertEqual(before, self.walk())

    def test_a_write_leaves_the_pages_of_other_locales_alone(self):
        self.page(locale="de")
        self.page(locale="en")
        self.assert_status(200, self.node.post("/products/p1", {"price_cents": 77}))
        self.assert_hit(self.page(locale="de"))
        self.assert_miss(self.page(locale="en"))

    def test_pages_are_refreshed_by_hand_through_their_tag(self):
        first = self.page().json["items"][0]
        self.assert_hit(self.page())
        for name in ("products:pages:en", TAG, "all:products_page"):
            done = self.assert_status(200, self.node.post("/invalidate", {"tags": [name]})).json
            self.assertEqual("done", done["invalidation"])
            self.assertEqual(first, self.assert_miss(self.page()).json["items"][0])
            self.assert_hit(self.page())
        self.assert_problem(422, self.node.post("/invalidate", {"tags": ["products:page:en"]}))


if __name__ == "__main__":
    unittest.main()
