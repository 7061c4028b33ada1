"""What a reader sees of the cache: misses, hits, validators, absences, lifetimes."""

import json
import re
import unittest

import client
from case import ServiceCase, in_every_build
from processes import wait_for

ITEM = "weir:v1:products:item:"
LIST = "weir:v1:products:list:"


class Reads(ServiceCase):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    @in_every_build
    def test_the_first_get_is_a_stored_miss_and_the_second_a_hit(self):
        first = self.assert_miss(self.node.get("/v1/products?locale=en"))
        self.assertEqual("weir; fwd=miss; stored", first["Cache-Status"])
        second = self.assert_hit(self.node.get("/v1/products?locale=en"))
        self.assertRegex(second["Cache-Status"], r"^weir; hit; ttl=\d+")
        self.assertEqual(first.body, second.body)
        self.assertEqual(int(self.postgres.sql("select count(*) from products where locale = 'en' and published")),
                         len(second.json))
        self.assertEqual({"id", "name", "price_cents", "currency"}, set(second.json[0]))

    def test_an_item_has_every_field_and_an_answer_its_headers(self):
        answer = self.assert_miss(self.node.get("/v1/products/p1"))
        self.assertTrue({"id", "locale", "name", "description", "price_cents", "currency", "updated_at"} <=
                        set(answer.json), answer)
        self.assertEqual("p1", answer.json["id"])
        self.assertEqual("application/json", answer["Content-Type"].split(";")[0])
        self.assertEqual("public, no-cache", answer["Cache-Control"])
        self.assertRegex(answer["ETag"], r'^"[^"]+"$')
        self.assertRegex(answer["Age"], r"^\d+$")

    def test_age_counts_from_the_load(self):
        self.assertLessEqual(int(self.node.get("/v1/products/p1")["Age"]), 1)
        wait_for("the age grows", lambda: int(self.node.get("/v1/products/p1")["Age"]) >= 1, seconds=5, every=0.1)
        answer = self.assert_hit(self.node.get("/v1/products/p1"))
        ttl = int(re.search(r"ttl=(\d+)", answer["Cache-Status"])[1])
        self.assertLessEqual(ttl + int(answer["Age"]), 660)

    def test_the_same_content_has_the_same_etag_and_needs_no_body(self):
        first = self.node.get("/v1/products/p1")
        again = self.node.get("/v1/products/p1", headers={"If-None-Match": first["ETag"]})
        self.assert_status(304, again)
        self.assertEqual(b"", again.body)
        self.assertEqual(first["ETag"], again["ETag"])
        self.assertTrue(again.is_hit, again)
        self.assert_status(304, self.node.get("/v1/products/p1", headers={"If-None-Match": "*"}))
        self.assert_status(304, self.node.get("/v1/products/p1",
                                              headers={"If-None-Match": f'"other", W/{first["ETag"]}'}))
        self.assert_status(200, self.node.get("/v1/products/p1", headers={"If-None-Match": '"other"'}))
        self.redis("FLUSHALL")
        self.assertEqual(first["ETag"], self.node.get("/v1/products/p1")["ETag"])

    def test_head_is_get_without_the_body(self):
        got = self.node.get("/v1/products/p1")
        head = client.request(self.node.port, "HEAD", "/v1/products/p1")
        self.assert_status(200, head)
        self.assertEqual(b"", head.body)
        self.assertEqual(str(len(got.body)), head["Content-Length"])
        self.assertEqual(got["ETag"], head["ETag"])

    def test_an_unknown_id_is_a_404_that_is_cached_as_an_absence(self):
        self.assert_problem(404, self.node.get("/v1/products/nobody"))
        self.assertGreater(self.redis("PTTL", ITEM + "nobody"), 0)
        self.postgres.kill()  # the second answer does not need it
        again = self.node.get("/v1/products/nobody")
        self.assert_problem(404, again)
        self.assertTrue(again.is_hit, again)

    def test_a_product_that_is_not_published_is_a_404(self):
        self.assertEqual("f", self.postgres.sql("select published from products where id = 'p97'"))
        self.assert_problem(404, self.node.get("/v1/products/p97"))

    def test_a_draft_is_a_404_and_never_content(self):
        self.assertEqual("draft", self.postgres.sql("select status from articles where slug = 'guide-7'"))
        for _ in range(2):
            answer = self.node.get("/v1/articles/guide-7")
            self.assert_problem(404, answer)
            self.assertNotIn(b"body", answer.body)
        listed = {a["slug"] for locale in ("en", "id", "de", "fr")
                  for a in self.node.get(f"/v1/articles?locale={locale}").json}
        self.assertEqual(172, len(listed))
        self.assertNotIn("guide-7", listed)

    def test_a_published_article_is_served_and_listed(self):
        answer = self.assert_miss(self.node.get("/v1/articles/guide-1"))
        self.assertEqual("guide-1", answer.json["slug"])
        self.assertIn("body", answer.json)
        self.assert_hit(self.node.get("/v1/articles/guide-1"))
        first = self.assert_miss(self.node.get("/v1/articles?locale=en")).json[0]
        self.assertEqual({"slug", "title", "summary", "published_at"}, set(first))

    def test_redis_lifetimes_lie_between_ttl_and_ttl_plus_jitter(self):
        seen = set()
        for n in range(1, 41):
            self.assert_miss(self.node.get(f"/v1/products/p{n}"))
            seen.add(self.redis("PTTL", f"{ITEM}p{n}"))
        self.assertLessEqual(max(seen), 660_000)
        self.assertGreater(min(seen), 595_000)
        self.assertGreater(len({ttl // 1000 for ttl in seen}), 10, "that is no jitter")
        self.assert_miss(self.node.get("/v1/products?locale=de"))
        self.assertTrue(295_000 < self.redis("PTTL", LIST + "de") <= 330_000)

    def test_a_locale_is_one_key_however_it_is_written(self):
        self.assert_miss(self.node.get("/v1/products?locale=en"))
        self.assert_hit(self.node.get("/v1/products?x=1&locale=en"))
        self.assert_hit(self.node.get("/v1/products?%6cocale=%65n"))
        self.assert_hit(self.node.get("/v1/products?locale=%20en%20"))

    def test_undeclared_query_parameters_never_reach_the_key(self):
        self.assert_miss(self.node.get("/v1/products/p1?cb=1"))
        self.assert_hit(self.node.get("/v1/products/p1?cb=2"))
        self.assert_hit(self.node.get("/v1/products/p1"))
        self.assertEqual([f"{ITEM}p1".encode()], self.cached_keys())

    def test_an_encoded_part_is_one_part(self):
        self.assert_problem(404, self.node.get("/v1/products/a%3Ab%2Fc"))
        self.assertEqual([f"{ITEM}a%3Ab%2Fc".encode()], self.cached_keys())

    def test_an_absent_locale_is_the_default_one(self):
        self.assert_miss(self.node.get("/v1/products"))
        self.assert_hit(self.node.get("/v1/products?locale=en"))

    def test_an_empty_broken_or_repeated_parameter_is_a_400_that_names_it(self):
        for value in ("", "%20", "%ff", "x" * 36, "en&locale=de"):
            target = f"/v1/products?locale={value}"
            problem = self.assert_problem(400, self.node.get(target))
            self.assertIn("locale", json.dumps(problem))

    @in_every_build
    def test_authorization_on_a_public_get_changes_nothing(self):
        first = self.assert_miss(self.node.get("/v1/products/p1", headers={"Authorization": "Bearer someone"}))
        second = self.assert_hit(self.node.get("/v1/products/p1"))
        self.assertEqual(first.body, second.body)
        self.assertNotIn("someone", self.node.log())

    @in_every_build
    def test_a_corrupt_value_is_a_miss_and_is_replaced(self):
        node = self.start_node(config=self.shipped_with('[l1]\nbytes_max = "0"'))
        whole = self.assert_miss(node.get("/v1/products/p1"))
        stored = self.redis("GET", ITEM + "p1")
        for broken in (b"", b"null", b'{"found":false}', stored[:-1], stored + b"x", stored[: len(stored) // 2], b"\xff" * 64,
                       stored.replace(b"oak", b"oax")):
            self.assertNotEqual(stored, broken)
            self.redis("SET", ITEM + "p1", broken)
            answer = self.assert_miss(node.get("/v1/products/p1"))
            self.assertEqual(whole.body, answer.body)
            self.assert_hit(node.get("/v1/products/p1"))
        # A value of another type under the key is no different.
        self.redis("DEL", ITEM + "p1")
        self.redis("LPUSH", ITEM + "p1", "x")
        self.assertEqual(whole.body, self.assert_status(200, node.get("/v1/products/p1")).body)


if __name__ == "__main__":
    unittest.main()
