"""What readers see of the results."""

import re
import unittest
import xml.etree.ElementTree as xml

import picture
from publish import _missed, origin, replaced, table
from report import columns, reasons, row

SVG = "{http://www.w3.org/2000/svg}"


def rectangles(text, kind):
    return [r for r in xml.fromstring(text).iter(f"{SVG}rect") if r.get("class") == kind]


class Bars(unittest.TestCase):
    def setUp(self):
        self.text = picture.bars("CPU <time>", "a & b", [("hits", {"varnish": [20, 30, 10], "weir": [5, 5, 5]})])

    def test_a_bar_is_as_long_as_its_median(self):
        ours, other = (float(rectangles(self.text, kind)[0].get("width")) for kind in ("ours", "other"))
        self.assertAlmostEqual(5 / 20, ours / other, places=2)
        self.assertIn("20.0 µs", self.text)

    def test_the_cheapest_stands_first(self):
        names = re.findall(r">(Weir|Varnish)<", self.text)
        self.assertEqual(["Weir", "Varnish"], names)

    def test_no_bar_leaves_the_picture(self):
        for kind in ("ours", "other"):
            for each in rectangles(self.text, kind):
                self.assertLess(float(each.get("x")) + float(each.get("width")) + 80, 780)

    def test_both_colour_schemes_are_in_the_picture(self):
        self.assertIn("prefers-color-scheme:dark", self.text)

    def test_words_cannot_break_the_picture(self):
        self.assertIn("CPU &lt;time&gt;", self.text)


class Outage(unittest.TestCase):
    def test_the_time_without_redis_is_shaded(self):
        samples = [["before", 10], ["during", 90], ["during", 80], ["after", 10]]
        text = picture.outage("title", "note", samples)
        shade, = rectangles(text, "away")
        self.assertAlmostEqual((780 - 100) / 2, float(shade.get("width")))
        self.assertEqual(4, len(next(xml.fromstring(text).iter(f"{SVG}polyline")).get("points").split()))


class Tables(unittest.TestCase):
    def test_what_stands_between_the_marks_gives_way(self):
        text = "a\n<!-- ./dev bench --publish begins -->\nold\n<!-- it ends -->\nz"
        self.assertEqual("a\n<!-- ./dev bench --publish begins -->\nnew\n<!-- it ends -->\nz", replaced(text, "new"))

    def test_a_page_without_marks_is_refused(self):
        with self.assertRaises(ValueError):
            replaced("nothing here", "new")

    def test_rows_of_many_runs_say_so(self):
        rows = [{"values": [1], "at": f"2030-01-0{n} 10:00", "commit": f"c{n}", "quick": n == 2} for n in (1, 2, 3)]
        machine = {"cpu": "CPU", "cores": 2, "kernel": "6.1.0-x"}
        self.assertEqual("CPU, 2 cores, Linux 6.1.0, 2030-01-01, at c1", origin({"rows": rows[:1], "machine": machine}))
        self.assertEqual("CPU, 2 cores, Linux 6.1.0, 2030-01-03, at 3 commits, some in quick rounds",
                         origin({"rows": rows, "machine": machine}))

    def test_a_row_without_values_says_why(self):
        from goals import Goal
        made = row(Goal("hit", "x", "work", "÷ other", 1.0), None, "nginx is not installed", {"at": "now"})
        self.assertEqual("not measured: nginx is not installed", made["verdict"])
        self.assertIn("not measured: nginx is not installed", table([made]))

    def test_what_was_missed_says_why_and_one_reason_is_said_once(self):
        from goals import Goal

        def measured(key, value, why):
            return row(Goal("hit", key, "a hit", f"÷ {key}", 1.0, why=why), [value], None, {"at": "now"})
        rows = [measured("loop", 2, "it parses nothing"), measured("nginx", 0.9, "never said"),
                measured("node", 3, "it parses nothing"), measured("sun", 4, "")]
        self.assertEqual(["a hit ÷ loop, a hit ÷ node: it parses nothing", "a hit ÷ sun: not found out yet"], reasons(rows))

    def test_a_reason_is_published_in_sentences_of_its_own_and_in_lines_that_fit(self):
        rows = [{"verdict": "missed by 1%", "work": "a hit", "against": "÷ loop", "why": "it parses nothing. " + "word " * 40 + "(Hits)"}]
        lines = _missed(rows).split("\n")
        self.assertTrue(lines[2].startswith("- a hit ÷ loop. It parses nothing. word"), lines)
        self.assertLess(max(map(len, lines)), 120)
        self.assertEqual("", _missed([{"verdict": "met"}]))

    def test_numbers_are_aligned_right_and_words_left(self):
        self.assertEqual("who               µs\n9 idle clients     1\nothers          1.23",
                         columns([["who", "µs"], ["9 idle clients", "1"], ["others", "1.23"]]))
