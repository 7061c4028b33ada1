"""From values to verdicts."""

import unittest

from goals import GOALS, ONLY_WHEN_ASKED, Goal, chosen
from ratios import limit_text, number, ratios, spread, spread_text, verdict


def goal(**more):
    return Goal("hit", "x", "work", "÷ other", **more)


class Ratios(unittest.TestCase):
    def test_a_ratio_is_taken_within_its_round(self):
        self.assertEqual([0.5, 2.0], ratios([1, 20], [2, 10]))

    def test_rounds_that_do_not_pair_are_refused(self):
        with self.assertRaises(ValueError):
            ratios([1, 2], [1])

    def test_a_spread_is_min_median_and_max(self):
        seen = spread([3, 9, 1, 2, 4])
        self.assertEqual((1, 3, 9), (seen.low, seen.middle, seen.high))


class Verdicts(unittest.TestCase):
    def test_the_median_decides_whether_a_limit_is_met(self):
        self.assertEqual("met", verdict(goal(limit=1.1), [0.9, 1.1, 5]))
        self.assertEqual("missed by 50%", verdict(goal(limit=1.0), [0.1, 1.5, 1.6]))

    def test_a_goal_to_reach_is_missed_from_below(self):
        self.assertEqual("met", verdict(goal(limit=0.9, at_least=True), [0.9]))
        self.assertEqual("missed by 50%", verdict(goal(limit=0.9, at_least=True), [0.45]))

    def test_what_may_never_be_missed_is_judged_by_its_worst_value(self):
        self.assertEqual("missed by 100%", verdict(goal(limit=1, judged_by="all"), [1, 1, 2]))
        self.assertEqual("missed by 10%", verdict(goal(limit=1, judged_by="all", at_least=True), [1.2, 1.1, 0.9]))

    def test_a_goal_missed_by_a_hair_is_not_called_missed_by_nothing(self):
        self.assertEqual("missed by under 1%", verdict(goal(limit=1.0), [1.001]))

    def test_what_has_no_limit_has_no_verdict(self):
        self.assertEqual("", verdict(goal(), [7]))


class Texts(unittest.TestCase):
    def test_numbers_have_three_figures(self):
        self.assertEqual(["0.87", "12.3", "1,234", "1"],
                         [number(0.871, "×"), number(12.34, "µs"), number(1234.4), number(1)])

    def test_a_unit_stands_behind_the_median_alone(self):
        self.assertEqual(["1.0", "2.0 ms", "3.0"], spread_text(goal(unit="ms"), [3, 1, 2]))
        self.assertEqual("≤ 20 ms", limit_text(goal(limit=20, unit="ms")))
        self.assertEqual("≥ 0.9", limit_text(goal(limit=0.9, at_least=True)))


class Choice(unittest.TestCase):
    def test_without_a_word_everything_is_chosen_but_what_takes_minutes(self):
        self.assertEqual(ONLY_WHEN_ASKED, {g.section for g in GOALS} - {g.section for g in chosen([])})

    def test_a_word_chooses_the_rows_whose_names_contain_it(self):
        found = chosen(["varnish"])
        self.assertTrue(found)
        self.assertTrue(all("Varnish" in g.name for g in found))
        self.assertEqual({"build"}, {g.section for g in chosen(["clean build"])})

    def test_every_row_has_a_name_of_its_own(self):
        self.assertEqual(len(GOALS), len({g.name for g in GOALS}))
        self.assertEqual(len(GOALS), len({(g.section, g.key) for g in GOALS}))
