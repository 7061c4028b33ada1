"""Typed values over HTTP: each spelling of a key is one entry or is refused, and a body's values reach the row exactly."""

import json
import os
import random
import unittest
from urllib.parse import quote

from case import ServiceCase, in_every_build

TYPES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "types.toml")
CAFE = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
TABLES = f"""
create table goods (id uuid primary key, title text not null, code text, day date, price numeric(20, 4), number bigint,
    is_open boolean, owner uuid, sold_at timestamptz, tags text[], numbers int[], prices numeric[], owners uuid[],
    attributes jsonb, verbatim json);
insert into goods (id, title, code, day, price, number, is_open)
values ('{CAFE}', 'Cafe', 'AbC', '2026-01-05', 12.5, 9007199254740993, true)"""


def spelt_uuid(by):
    digits = CAFE.replace("-", "")
    parts = [digits[i:i + 4] for i in range(0, len(digits), 4)]
    text = "".join(part + by.choice(["", "-"]) for part in parts[:-1]) + parts[-1]
    text = "".join(by.choice([c.lower(), c.upper()]) for c in text)
    return by.choice([text, "{" + text + "}", " " + text])


def spelt_decimal(by):
    return by.choice(["12.5", "12.50", "012.5", "+12.5", "1.25e1", "125e-1", "12.5000000", "1250E-2", " 12.5 ", "0.125e+2"])


def spelt_number(by):
    return by.choice(["", "0", "000"]) + "9007199254740993"


def spelt_code(by):
    return "".join(by.choice([c.lower(), c.upper()]) for c in "abc") + by.choice(["", " "])


SPELLERS = {"/v1/goods/": spelt_uuid, "/v1/prices?price=": spelt_decimal, "/v1/numbers/": spelt_number, "/v1/codes/": spelt_code,
            "/v1/days/": lambda by: by.choice(["2026-01-05", " 2026-01-05"]), "/v1/open/": lambda by: "true"}
REFUSED = {
    "/v1/goods/": ["not-a-uuid", "7", CAFE[:-1], CAFE + "0", CAFE + "}", "-" + CAFE, CAFE.replace("-", "--", 1)],
    "/v1/days/": ["today", "epoch", "infinity", "2026-1-5", "20260105", "5 Jan 2026", "2026-02-30", "2026-01-05 00:00", "01/05/2026"],
    "/v1/prices?price=": ["NaN", "Infinity", "12,5", "0x10", "1e1000", "1_000", "", "twelve"],
    "/v1/numbers/": ["7.0", "1e3", "+7", "0x10", "9223372036854775808", "seven"],
    "/v1/open/": ["t", "TRUE", "yes", "1", "on"]}


class Types(ServiceCase):
    config = TYPES

    def prepare(self):
        self.postgres.sql(TABLES)

    def setUp(self):
        super().setUp()
        self.node = self.start_node()

    def change(self, **body):
        return self.assert_status(200, self.node.post(f"/goods/{CAFE}", body)).json

    def raw(self, column):
        return self.postgres.sql(f"select {column} from goods where id = '{CAFE}'")

    @in_every_build
    def test_every_spelling_of_a_key_is_one_entry_that_a_write_forgets(self):
        by = random.Random(11)
        for start, speller in SPELLERS.items():
            for i in range(12):
                one, other = (start + quote(speller(by)) for _ in range(2))
                with self.subTest(f"{one} and {other}"):
                    title = f"{start}{i}"
                    written = self.change(title=title)
                    self.assertEqual("done", written["invalidation"])
                    self.assertIn(title, self.assert_miss(self.node.get(one)).body.decode())
                    self.assertIn(title, self.assert_hit(self.node.get(other)).body.decode())
                    self.assertEqual(1, len(self.cached_keys()), self.cached_keys())

    @in_every_build
    def test_a_malformed_key_is_refused_without_a_trip_to_the_database(self):
        self.postgres.stop()
        for start, texts in REFUSED.items():
            for text in texts:
                if not text and start.endswith("/"):
                    continue
                with self.subTest(start + text):
                    self.assert_problem(400, self.node.get(start + quote(text, safe="")))
        self.assert_problem(400, self.node.post("/goods/not-a-uuid", {"title": "x"}))

    def test_a_row_that_moves_from_value_to_value_is_forgotten_under_both(self):
        targets = ["/v1/prices?price=12.5", "/v1/prices?price=7", "/v1/days/2026-01-05", "/v1/days/2026-01-06",
                   "/v1/open/true", "/v1/open/false", "/v1/codes/abc", "/v1/codes/xyz"]
        before = [self.node.get(target).json for target in targets]
        self.assertEqual([1, 0] * 4, [len(rows) for rows in before])
        self.change(price=7, day="2026-01-06", is_open=False, code="XYZ")
        self.assertEqual([0, 1] * 4, [len(self.node.get(target).json) for target in targets])

    @in_every_build
    def test_numbers_of_a_body_keep_their_digits(self):
        for text in ("12.5", "0.0001", "9007199254740993", "1234567890123456.7891", "1e3", "12.50"):
            answer = self.node.post(f"/goods/{CAFE}", ('{"price": %s}' % text).encode())
            self.assert_status(200, answer)
            self.assertEqual("t", self.raw(f"price = {text}::numeric"), text)
        for number in (9007199254740993, -9223372036854775808, "9223372036854775807"):
            self.change(number=number)
            self.assertEqual(str(number), self.raw("number"))
        self.change(prices=[0.1, 2])
        self.assertEqual("{0.1,2}", self.raw("prices"))

    @in_every_build
    def test_texts_lists_and_json_of_a_body_reach_the_row_as_they_are(self):
        by = random.Random(12)
        pieces = ["a", " ", ",", "{", "}", '"', "\\", "'", "NULL", "null", "\n", "é", "😀", "$1", "{title}"]
        for _ in range(30):
            text = "x" + "".join(by.choice(pieces) for _ in range(by.randrange(6)))
            tags = [by.choice([None, "", "".join(by.choice(pieces) for _ in range(by.randrange(1, 4)))]) for _ in range(by.randrange(4))]
            attributes = by.choice([{"a": [1, text, None, True]}, [], {}, text, {text: {"b": 1.5}}])
            with self.subTest(repr((text, tags, attributes))):
                row = self.change(title=text, tags=tags, attributes=attributes)["row"]
                self.assertEqual((text, tags, attributes), (row["title"], row["tags"], row["attributes"]))
        self.change(title="  padded  ", code=" q ")
        self.assertEqual("<  padded  |q>", self.raw("'<' || title || '|' || code || '>'"))
        answer = self.node.post(f"/goods/{CAFE}", ('{"verbatim": { "b":1.50,  "a":1e400 }}').encode())
        self.assert_status(200, answer)
        self.assertEqual('{ "b":1.50,  "a":1e400 }', self.raw("verbatim"))

    def test_dates_times_and_ids_of_a_body_reach_the_row(self):
        self.change(day="2024-02-29", owner=CAFE.upper(), sold_at="2026-01-05T10:00:00+07:00", owners=[CAFE], numbers=[1, -2])
        self.assertEqual(f"2024-02-29 {CAFE} t {{{CAFE}}} {{1,-2}}",
                         self.raw("concat_ws(' ', day, owner, sold_at = '2026-01-05 03:00Z', owners, numbers)"))

    def test_a_value_of_another_type_is_a_422_that_names_the_field(self):
        wrong = {"price": ["12.5", True, [1], {}, -1], "number": [1.5, "seven", " 7", True], "is_open": ["true", 1],
                 "day": ["2026-02-30", 5], "owner": ["x", 1], "sold_at": ["soon"], "tags": ["red", {"a": 1}, [1], [["a"]]],
                 "numbers": [[1.5], ["1"], list(range(6)), [None]], "title": [1, ["a"], None], "attributes": [None]}
        for field, values in wrong.items():
            for value in values:
                with self.subTest(f"{field} = {json.dumps(value)}"):
                    answer = self.node.post(f"/goods/{CAFE}", {field: value})
                    self.assertIn(field, json.dumps(self.assert_problem(422, answer)))


if __name__ == "__main__":
    unittest.main()
