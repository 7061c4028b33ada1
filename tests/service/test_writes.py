"""What a writer is promised: the answer says what was touched, and whoever reads afterwards sees it."""

import unittest

from case import ServiceCase, in_every_build
from processes import wait_for

ITEM = "weir:v1:products:item:"
LIST = "weir:v1:products:list:"
PAGES = "weir:v1:tag:products:pages:"


class Writes(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    def list_of(self, locale):
        return {p["id"]: p for p in self.assert_status(200, self.node.get(f"/v1/products?locale={locale}")).json}

    def warm(self, *targets):
        for target in targets:
            self.node.get(target)
            self.assertTrue(self.node.get(target).is_hit, target)

    def assert_done(self, answer, status=200):
        self.assert_status(status, answer)
        self.assertEqual("done", answer.json["invalidation"], answer)
        return answer.json

    @in_every_build
    def test_a_new_price_is_in_the_item_and_in_the_list_at_once(self):
        self.warm("/v1/products/p1", "/v1/products?locale=en", "/v1/products?locale=de")
        written = self.assert_done(self.node.post("/products/p1", {"price_cents": 1299}))
        self.assertEqual(1299, written["row"]["price_cents"])
        self.assertEqual({ITEM + "p1", LIST + "en", PAGES + "en"}, set(written["invalidated"]))
        item = self.assert_miss(self.node.get("/v1/products/p1"))
        self.assertEqual(1299, item.json["price_cents"])
        self.assertEqual(1299, self.list_of("en")["p1"]["price_cents"])
        self.assertTrue(self.node.get("/v1/products?locale=de").is_hit, "an untouched list stays")

    @in_every_build
    def test_many_writes_are_each_seen_by_the_next_get(self):
        for price in range(2000, 2040):
            self.assert_done(self.node.post("/products/p1", {"price_cents": price}))
            self.assertEqual(price, self.node.get("/v1/products/p1").json["price_cents"])
            self.assertEqual(price, self.node.get("/v1/products/p1").json["price_cents"])

    def test_a_product_that_moves_touches_both_lists(self):
        self.warm("/v1/products/p1", "/v1/products?locale=en", "/v1/products?locale=id")
        written = self.assert_done(self.node.post("/products/p1", {"locale": "id"}))
        self.assertEqual({ITEM + "p1", LIST + "en", LIST + "id", PAGES + "en", PAGES + "id"}, set(written["invalidated"]))
        self.assertNotIn("p1", self.list_of("en"))
        self.assertIn("p1", self.list_of("id"))

    def test_a_renamed_article_touches_both_items_and_the_list(self):
        self.warm("/v1/articles/guide-1", "/v1/articles/new-name", "/v1/articles?locale=en")
        written = self.assert_done(self.node.post("/articles/guide-1", {"slug": "new-name"}))
        keys = set(written["invalidated"])
        self.assertEqual(3, len(keys), keys)
        self.assert_problem(404, self.node.get("/v1/articles/guide-1"))
        self.assert_status(200, self.node.get("/v1/articles/new-name"))
        slugs = {a["slug"] for a in self.node.get("/v1/articles?locale=en").json}
        self.assertIn("new-name", slugs)
        self.assertNotIn("guide-1", slugs)

    def test_a_create_ends_the_absence(self):
        self.assert_problem(404, self.node.get("/v1/products/new-1"))
        self.warm("/v1/products?locale=en")
        row = {"id": "new-1", "locale": "en", "name": "New", "description": "A new thing", "price_cents": 5,
               "currency": "USD", "published": True}
        written = self.assert_done(self.node.post("/products", row), status=201)
        self.assertEqual({ITEM + "new-1", LIST + "en", PAGES + "en"}, set(written["invalidated"]))
        self.assertEqual("New", self.assert_status(200, self.node.get("/v1/products/new-1")).json["name"])
        self.assertIn("new-1", self.list_of("en"))

    def test_publish_and_unpublish_are_seen_at_once(self):
        self.warm("/v1/products/p1", "/v1/products?locale=en")
        self.assert_done(self.node.post("/products/p1", {"published": False}))
        self.assert_problem(404, self.node.get("/v1/products/p1"))
        self.assertNotIn("p1", self.list_of("en"))
        self.assert_done(self.node.post("/products/p1", {"published": True}))
        self.assert_status(200, self.node.get("/v1/products/p1"))
        self.assertIn("p1", self.list_of("en"))

    def test_an_article_is_published_and_unpublished(self):
        locale = self.postgres.sql("select locale from articles where slug = 'guide-7'")

        def listed():
            return "guide-7" in {a["slug"] for a in self.node.get(f"/v1/articles?locale={locale}").json}

        self.assert_problem(404, self.node.get("/v1/articles/guide-7"))
        self.assertFalse(listed())
        self.assert_done(self.node.post("/articles/guide-7", {"status": "published"}))
        self.assert_status(200, self.node.get("/v1/articles/guide-7"))
        self.assertTrue(listed())
        self.assert_done(self.node.post("/articles/guide-7", {"status": "draft"}))
        self.assert_problem(404, self.node.get("/v1/articles/guide-7"))
        self.assertFalse(listed())

    def test_a_deleted_product_is_gone_at_once(self):
        self.warm("/v1/products/p1", "/v1/products?locale=en")
        written = self.assert_done(self.node.delete("/products/p1"))
        self.assertEqual({ITEM + "p1", LIST + "en", PAGES + "en"}, set(written["invalidated"]))
        self.assert_problem(404, self.node.get("/v1/products/p1"))
        self.assertNotIn("p1", self.list_of("en"))
        self.assert_problem(404, self.node.delete("/products/p1"))

    @in_every_build
    def test_a_write_past_weir_is_delivered_by_the_relay(self):
        self.warm("/v1/products/p1", "/v1/products?locale=en", "/v1/products?locale=id")
        self.postgres.sql("update products set price_cents = 77, locale = 'id' where id = 'p1'")
        wait_for("the item has the new price", lambda: self.node.get("/v1/products/p1").json["price_cents"] == 77, 5)
        wait_for("the old list is without it", lambda: "p1" not in self.list_of("en"), 5)
        wait_for("the new list has it", lambda: "p1" in self.list_of("id"), 5)
        wait_for("nothing is owed", lambda: self.owed() == 0, 5)

    def test_one_statement_that_changes_many_rows_touches_every_item(self):
        targets = [f"/v1/products/p{n}" for n in range(101, 485, 4)]  # all of them en and published
        self.warm(*targets)
        self.postgres.sql("update products set price_cents = 78 where locale = 'en'")
        for target in targets:
            wait_for(f"{target} is new", lambda: self.node.get(target).json["price_cents"] == 78, 20)

    def test_a_rolled_back_write_touches_nothing(self):
        self.warm("/v1/products/p1")
        self.postgres.sql("begin; update products set price_cents = 79 where id = 'p1'; rollback")
        wait_for("nothing is owed", lambda: self.owed() == 0, 5)
        self.assertTrue(self.node.get("/v1/products/p1").is_hit)

    def test_a_write_leaves_nothing_in_the_outbox(self):
        self.assert_done(self.node.post("/products/p1", {"price_cents": 80}))
        wait_for("nothing is owed", lambda: self.owed() == 0, 5)

    def test_a_write_without_the_token_is_a_401(self):
        for token in (None, "", "wrong", "admin-secret-4d1", "admin-secret-4d1ee"):
            answer = self.node.post("/products/p1", {"price_cents": 1}, token=token)
            self.assert_problem(401, answer)
            self.assertIn("Bearer", answer["WWW-Authenticate"])
        basic = self.node.admin("POST", "/admin/v1/products/p1", {"price_cents": 1}, token=None,
                                headers={"Authorization": "Basic admin-secret-4d1e"})
        self.assert_problem(401, basic)
        self.assertNotEqual("1", self.postgres.sql("select price_cents from products where id = 'p1'"))

    def test_validation_names_every_wrong_field_at_once(self):
        body = {"price_cents": -1, "currency": 7, "name": "", "published": "yes", "colour": "red"}
        problem = self.assert_problem(422, self.node.post("/products/p1", body))
        self.assertEqual(set(body), {error["field"] for error in problem["errors"]}, problem)
        self.assertTrue(all(error["detail"] for error in problem["errors"]), problem)
        self.assertNotEqual("-1", self.postgres.sql("select price_cents from products where id = 'p1'"))

    def test_a_create_without_its_required_fields_names_them(self):
        problem = self.assert_problem(422, self.node.post("/products", {"id": "new-2"}))
        self.assertEqual({"locale", "name", "price_cents", "currency"}, {error["field"] for error in problem["errors"]})

    def test_a_body_that_is_not_a_json_object_is_refused(self):
        for body in (b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"price_cents": 1} x', b'{"price_cents": 1e99}'):
            answer = self.node.post("/products/p1", body)
            self.assertIn(answer.status, (400, 422), answer)

    def test_a_number_that_does_not_fit_its_column_is_a_422(self):
        self.assert_problem(422, self.node.post("/products/p1", {"price_cents": 2**31}))
        self.assert_problem(422, self.node.post("/products/p1", {"price_cents": 1.5}))

    def test_a_second_create_of_the_same_id_is_a_409(self):
        row = {"id": "p1", "locale": "en", "name": "New", "description": "x", "price_cents": 5, "currency": "USD",
               "published": True}
        self.assert_problem(409, self.node.post("/products", row))
        self.assert_problem(409, self.node.post("/articles/guide-1", {"slug": "guide-2"}))

    def test_a_body_past_the_limit_is_a_413(self):
        self.assert_problem(413, self.node.post("/products/p1", {"description": "x" * 100_000}))

    def test_an_update_of_what_is_not_there_is_a_404(self):
        self.assert_problem(404, self.node.post("/products/nobody", {"price_cents": 1}))
        self.assert_problem(404, self.node.post("/nothing", {"price_cents": 1}))

    def test_the_admin_listener_and_the_public_one_are_apart(self):
        self.assert_problem(404, self.node.get("/admin/v1/products/p1"))
        self.assert_problem(404, self.node.get("/metrics"))

    def test_a_manual_invalidation_is_a_refresh(self):
        self.warm("/v1/products/p1", "/v1/products/p5")
        self.assert_status(200, self.node.post("/invalidate", {"keys": [ITEM + "p1"]}))
        self.assert_miss(self.node.get("/v1/products/p1"))
        self.assert_hit(self.node.get("/v1/products/p5"))
        self.assert_problem(401, self.node.post("/invalidate", {"keys": [ITEM + "p1"]}, token=None))

    def test_two_nodes_see_each_others_writes_at_once(self):
        other = self.start_node()
        for price in range(3000, 3010):
            self.assertEqual(200, other.get("/v1/products/p1").status)
            self.assert_done(self.node.post("/products/p1", {"price_cents": price}))
            self.assertEqual(price, other.get("/v1/products/p1").json["price_cents"])


if __name__ == "__main__":
    unittest.main()
