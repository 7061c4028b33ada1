"""What a measurement is given, and where it puts what it found."""

import sys
import time


class NotMeasured(Exception):
    """Why not: something is not installed, or not built."""


class Bench:
    def __init__(self, stage, goals, is_quick):
        self.stage = stage
        self.goals = goals
        self.is_quick = is_quick
        self.rounds = 3 if is_quick else 7
        self.seconds = 1 if is_quick else 2
        self.values = {}    # {(section, key): a value for each round}
        self.missing = {}   # {(section, key): why}
        self.servers = {}   # {section: {server: {"cpu_us": […], "rate": […]}}}
        self.series = {}    # {section: anything worth a picture}
        self._section = None

    def wants(self, key):
        return any(goal.section == self._section and goal.key == key for goal in self.goals)

    def found(self, key, values):
        self.values[self._section, key] = list(values)

    def not_measured(self, key, why):
        self.missing[self._section, key] = why

    def seen(self, server, **values):
        """For the picture and the record; a list for each name, one value a round."""
        for name, value in values.items():
            self.servers.setdefault(self._section, {}).setdefault(server, {}).setdefault(name, []).append(value)

    def of(self, server, name):
        return self.servers[self._section][server][name]

    def interleave(self, servers, measure, rounds=None):
        """Measures in the order A B C, B C A, C A B …: a disturbance of the machine meets all of them, and none is always first."""
        names, rounds = list(servers), rounds or self.rounds
        for number in range(rounds):
            for at in range(len(names)):
                name = names[(at + number) % len(names)]
                show(f"round {number + 1} of {rounds}: {name}")
                measure(name, servers[name])

    def run(self, section, measure):
        """A measurement that fails is a row that says so."""
        self._section = section
        began, ended = time.monotonic(), "done"
        print(f"· {section} … ", end="", flush=True)
        try:
            measure(self)
        except NotMeasured as why:
            ended = "not measured"
            self._give_up(str(why))
        except Exception as error:  # noqa: BLE001  whatever it was, the others shall be measured
            ended = "failed"
            self._give_up(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
        show("")
        print(f"{ended} ({time.monotonic() - began:.0f} s)", flush=True)

    def _give_up(self, why):
        for goal in self.goals:
            at = goal.section, goal.key
            if goal.section == self._section and at not in self.values:
                self.missing.setdefault(at, why)


def show(text):
    """Behind the section's name, on a terminal only."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\x1b[s\x1b[K{text}\x1b[u")
        sys.stdout.flush()
