"""How measurements are run and what becomes of their values."""

import contextlib
import io
import os
import unittest
from unittest import mock

from bench import Bench, NotMeasured
from goals import Goal
from report import rows_of


def bench_of(*keys):
    return Bench(None, [Goal("section", key, f"work {key}", "÷ other", 1.0) for key in keys], is_quick=True)


def run(bench, measure):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        bench.run("section", measure)
    return said.getvalue()


class Rounds(unittest.TestCase):
    def test_every_round_begins_with_another_server(self):
        order = []
        bench = bench_of("x")
        run(bench, lambda b: b.interleave({"a": 1, "b": 2, "c": 3}, lambda name, _server: order.append(name)))
        self.assertEqual(list("abcbcacab"), order)


class Failures(unittest.TestCase):
    def test_a_measurement_that_fails_is_a_row_that_says_why(self):
        def measure(bench):
            bench.found("x", [0.5])
            raise RuntimeError("the server ended")
        bench = bench_of("x", "y")
        said = run(bench, measure)
        x, y = rows_of(bench)
        self.assertEqual("met", x["verdict"])
        self.assertEqual("not measured: RuntimeError: the server ended", y["verdict"])
        self.assertIn("failed", said)

    def test_what_is_not_installed_is_no_failure(self):
        def measure(_bench):
            raise NotMeasured("wrk is not installed")
        bench = bench_of("x")
        self.assertIn("not measured", run(bench, measure))
        self.assertEqual("not measured: wrk is not installed", rows_of(bench)[0]["verdict"])

    def test_a_value_that_is_missing_is_never_left_out_of_the_table(self):
        bench = bench_of("x", "y")
        run(bench, lambda b: b.found("x", [1.0]))
        self.assertEqual(["met", "not measured: it gave no value"], [row["verdict"] for row in rows_of(bench)])

    def test_a_machine_without_git_can_be_measured(self):
        with mock.patch.dict(os.environ, PATH="/nowhere"):
            row, = rows_of(bench_of("x"))
        self.assertEqual("unknown", row["commit"])
