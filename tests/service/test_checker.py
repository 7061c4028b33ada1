"""The checker can fail: it finds what it looks for as soon as one of the protocol's guards is missing."""

import unittest

from case import alone, heavy
from freshness import FreshCase
from processes import wait_for


class Control(FreshCase):
    def assert_found(self, fault, **more):
        self.start_faulty_nodes(fault, **more)
        checker = self.load()
        wait_for("a violation is found", lambda: checker.progress["violations"] > 0, seconds=60, every=0.1)
        after = checker.progress
        print(f"{fault}: found after {after['acknowledged']} writes, {after['seconds']:.1f} s", flush=True)
        report = checker.stop()
        self.assertGreater(report["violations"], 0)
        self.assertTrue(report["first_violations"][0]["head"].startswith("HTTP/1.1"), report["first_violations"])


class NegativeControls(Control):
    @heavy
    def test_the_checker_finds_stale_reads_when_the_fence_is_missing(self):
        self.assert_found("skip_fence")

    @heavy
    def test_the_checker_finds_stale_reads_when_the_epoch_check_is_missing(self):
        self.assert_found("skip_epoch")

    @heavy
    def test_the_checker_finds_stale_reads_when_acknowledgements_are_not_awaited(self):
        self.assert_found("skip_acknowledgement")

    @heavy
    def test_the_checker_finds_stale_reads_when_the_marks_of_another_consumer_are_missing(self):
        self.assert_found("one_consumer", configs=(None, self.next_version(), None))


class JoinsControl(Control):
    """A moved row whose delivery is owed: the query of an acknowledged write no longer finds what still shows it."""
    has_joins = True

    @alone  # the window is that of one delivery: on a busy machine it took a minute once
    def test_the_checker_finds_stale_reads_when_owed_rows_of_others_are_left_out(self):
        self.assert_found("skip_owed_rows")


if __name__ == "__main__":
    unittest.main()
