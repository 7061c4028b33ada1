"""Checks the models of this folder exhaustively with spin: `check.py` runs every case and prints a table, `check.py NAME…`
only those, `check.py --list` the names. Exits with 0 when the protocol holds in every setting and every variant without
one of its rules is found out, and with 77 when there is no spin.

The search is breadth-first, so the way to a stale answer (--trace) is a shortest one. It keeps every state as it is: no
hash that could take two states for one, no bound on the depth."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
MEMORY_MB = 3500
SECONDS = 280
SKIPPED = 77
# -O2 takes longer to compile than it saves in the search.
COMPILE = ["-O1", "-w", "-DSAFETY", "-DBFS", "-DNOREDUCE", f"-DMEMLIM={MEMORY_MB}"]
STALE = re.compile(r"assertion violated +!\(.*(needs\[r\]|stored_old)")

# name: (macros, whether it holds). A name is also that of the test. Those that begin with "through" are of through.pml,
# those that begin with "consumers" of consumers.pml.
CASES = {
    "keys": ("", True),
    "tags": ("BY_TAG", True),
    "an old dump": ("OLD_DUMP", True),
    "an old dump with tags": ("OLD_DUMP BY_TAG", True),
    "without the fence": ("WITHOUT_FENCE", False),
    "without the epoch check": ("WITHOUT_EPOCH", False),
    "without acknowledgements": ("WITHOUT_ACKNOWLEDGEMENT", False),
    "without the lease on L1": ("WITHOUT_L1_LEASE", False),
    "without looking for gaps": ("WITHOUT_GAP", False),
    "trust extended past what was not heard": ("WITHOUT_SEQUENCE", False),
    "trust that returns ends no note": ("WITHOUT_NEW_GENERATION", False),
    "trust looked at after the look into L1": ("TRUST_AFTER_LOOKUP", False),
    "flights that an invalidation does not detach": ("WITHOUT_DETACHING", False),
    "departed flights joined off the bus": ("WITHOUT_STRICT_FLIGHT", False),
    "the note taken after the read": ("NOTE_AFTER_READ", False),
    "the load before the lease": ("LOAD_BEFORE_LEASE", False),
    "L1 forgets before L2": ("L1_BEFORE_L2", False),
    "a new registry believed at once": ("WITHOUT_REGISTRY_AGE", False),
    "a sequence lost without its registry": ("SEQUENCE_LOST_ALONE", False),
    "tags: versions read after the load": ("BY_TAG VERSIONS_AFTER_LOAD", False),
    "tags: a missing version that matches": ("BY_TAG MISSING_VERSION_MATCHES", False),
    "tags: without the epoch check": ("BY_TAG WITHOUT_EPOCH", False),
    "an old dump read before its admission": ("OLD_DUMP WITHOUT_ADMISSION", False),
    "an old dump admitted without a replay": ("OLD_DUMP WITHOUT_REPLAY", False),
    "an old dump: only settled rows replayed": ("OLD_DUMP REPLAY_OF_SETTLED_ONLY", False),
    "an old dump: a writer settles what is replayed": ("OLD_DUMP SETTLING_ENDS_REPLAY", False),
    "through two joins": ("", True),
    "through: only the writer's own rows": ("OWN_ROWS_ONLY", False),
    "through: owed rows of the first hop left out": ("WITHOUT_FIRST_HOP", False),
    "through: owed rows of the second hop left out": ("WITHOUT_SECOND_HOP", False),
    "through: owed rows read in an earlier snapshot": ("TWO_SNAPSHOTS", False),
    "through: expanded before the commit": ("BEFORE_COMMIT", False),
    "through: settled before it is deleted": ("SETTLED_BEFORE_DELETED", False),
    "consumers": ("", True),
    "consumers: the first one settles for all": ("MARKED_BY_THE_FIRST", False),
    "consumers: marks are not awaited": ("NOT_AWAITED", False),
    "consumers: read before the commit": ("CONSUMERS_READ_BEFORE_COMMIT", False),
    "consumers: a new one reads before it is noticed": ("NOT_NOTICED", False),
    "consumers: one that lapsed goes on": ("RESUMED_BESIDE_OTHERS", False),
    "consumers: trust outlives the registration": ("EXPIRES_WHILE_TRUSTED", False),
    "consumers: marked before it is forgotten": ("MARKS_BEFORE_FORGETTING", False),
}


class Broken(Exception):
    """What went wrong with the checking itself, or with what it found."""


def run_or_raise(what, command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0 or "rror:" in done.stdout:
        raise Broken(f"{what}: {(done.stdout + done.stderr).strip()}")


def model_of(name):
    return next((f"{one}.pml" for one in ("through", "consumers") if name.startswith(one)), "coherence.pml")


def build(model, macros, folder):
    with open(os.path.join(FOLDER, model), encoding="utf-8") as file:
        text = file.read()
    unknown = [m for m in macros if not re.search(rf"\b{m}\b", text)]
    if unknown:
        raise Broken(f"the model does not know {', '.join(unknown)}")
    shutil.copy(os.path.join(FOLDER, model), folder)
    run_or_raise("spin", ["spin", "-a", *[f"-D{m}" for m in macros], model], folder)
    run_or_raise("gcc", ["gcc", *COMPILE, "-o", "pan", "pan.c"], folder)


def show_progress(name, line):
    states = re.search(r"States= *(\S+).*Memory= *(\S+)", line)
    if states and sys.stderr.isatty():
        print(f"\r{name}: {float(states[1]) / 1e6:.0f} million states, {float(states[2]):.0f} MB ", end="", file=sys.stderr)


def search(name, folder):
    """What pan printed, its progress left out. -E: a search that has come to its end (can_go_wrong) is no deadlock."""
    limited = ["timeout", "--kill-after=5", str(SECONDS), "./pan", "-E", "-w23"]
    lines = []
    with subprocess.Popen(limited, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pan:
        for line in pan.stdout:
            if line.startswith("Depth="):
                show_progress(name, line)
            else:
                lines.append(line)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if pan.returncode == 124:
        raise Broken(f"not finished after {SECONDS} s")
    if pan.returncode != 0:
        raise Broken(f"pan ended with {pan.returncode}: {''.join(lines)[-500:]}")
    return "".join(lines)


def judge(said, holds):
    """Raises unless `said` is what the case must give."""
    errors = re.search(r"^State-vector \d+ byte, depth reached \d+, errors: (\d+)", said, re.M)
    if not errors:
        raise Broken(f"no result: {said[-500:]}")
    stale = STALE.search(said)
    if holds:
        if int(errors[1]) or stale:
            raise Broken("a stale answer is possible")
        if re.search(r"not completed|too small|out of memory|truncated|reached -DMEMLIM", said, re.I):
            raise Broken(f"the search did not end: {said[:300]}")
    elif not stale:
        raise Broken("no stale answer was found: the model does not see what this rule is for")


def numbers(said):
    depth = re.search(r"depth reached (\d+)", said)
    states = re.search(r"^ *(\S+) states, stored", said, re.M)
    memory = re.search(r"^ *(\S+)\s+total actual memory usage", said, re.M)
    return int(depth[1]), int(float(states[1])), float(memory[1])


def check(name, wants_trace):
    """One line of the table."""
    macros, holds = CASES[name][0].split(), CASES[name][1]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="weir-model-") as folder:
        build(model_of(name), macros, folder)
        said = search(name, folder)
        if wants_trace and not holds:
            print(trace_of(model_of(name), macros, folder))
    judge(said, holds)
    depth, states, memory = numbers(said)
    found = "holds" if holds else f"stale after {depth} steps"
    return f"{name:<50} {found:<22} {states:>11,} states {memory:>6.0f} MB {time.monotonic() - began:>6.1f} s"


def trace_of(model, macros, folder):
    said = subprocess.run(["spin", *[f"-D{m}" for m in macros], "-t", "-p", model], cwd=folder,
                          capture_output=True, text=True).stdout
    steps = re.findall(r"^ *(\d+):\s+proc +(\d+) \((\w+):\d+\).*?\[(.*)\]$", said, re.M)
    return "\n".join(f"{number:>4} {who:<15}{process} {what}" for number, process, who, what in steps
                     if who != "init" and what not in (".(goto)", "sub-sequence", "IF"))


def chosen(names):
    unknown = [name for name in names if name not in CASES]
    if unknown:
        sys.exit(f"no such case: {', '.join(unknown)}; --list shows them")
    return names or list(CASES)


def main():
    parser = argparse.ArgumentParser(description="Checks the protocol's model; without names, all cases.")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--trace", action="store_true", help="print the steps to the stale answer")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(CASES))
        return
    if not shutil.which("spin"):
        print("spin is not installed")
        sys.exit(SKIPPED)
    failures = 0
    for name in chosen(asked.names):
        try:
            print(check(name, asked.trace), flush=True)
        except Broken as why:
            failures += 1
            print(f"{name:<50} FAILED: {why}", flush=True)
    sys.exit(1 if failures else 0)


main()
