"""./dev bench [--quick] [WORD…]: measures Weir and its peers in interleaved runs, prints the goals as met or missed, and keeps
what it found in var/bench/results.json. ./dev bench --publish brings that into README.md and docs/."""

import argparse
import os
import signal
import sys
import time

import setting
import goals
import publish
import report
from bench import Bench
from measures import SECTIONS
from stage import Stage


def command_line():
    line = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    line.add_argument("words", nargs="*", metavar="WORD", help="only rows whose names contain one of them")
    line.add_argument("--quick", action="store_true", help="three short rounds instead of seven")
    line.add_argument("--list", action="store_true", help="the rows' names")
    line.add_argument("--publish", action="store_true", help="var/bench/results.json into README.md and docs/; measures nothing")
    return line.parse_args()


def measure(wanted, is_quick):
    stage = Stage()
    try:
        bench = Bench(stage, wanted, is_quick)
        for section, run in SECTIONS.items():
            if any(goal.section == section for goal in wanted):
                bench.run(section, run)
        return bench
    finally:
        stage.close()


def main():
    asked = command_line()
    wanted = goals.chosen(asked.words)
    if not wanted:
        sys.exit(f"no row's name contains {' or '.join(asked.words)}; ./dev bench --list prints them")
    if asked.list:
        print("\n".join(goal.name for goal in (wanted if asked.words else goals.GOALS)))
    elif asked.publish:
        publish.publish(report.read())
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # the servers end in order
        os.makedirs(setting.VAR, exist_ok=True)
        began = time.monotonic()
        bench = measure(wanted, asked.quick)
        rows = report.rows_of(bench)
        report.keep(bench, rows, [goal.name for goal in goals.GOALS])
        missed = "".join(f"\nMissed: {reason}" for reason in report.reasons(rows))
        print(f"\n{report.servers_table(bench.servers)}\n\n{report.table(rows)}\n{missed}\n\n"
              f"In {time.monotonic() - began:.0f} s. All of it: {os.path.relpath(report.RESULTS, setting.ROOT)}")


main()
