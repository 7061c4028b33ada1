"""What was found, as rows: for people a table, for programs var/bench/results.json. Rows of earlier runs stay in the file until
they are measured again, so that one can measure by parts; each says when, and at which commit."""

import json
import os
import platform
import re
import shutil
import subprocess
import time

import setting
from ratios import limit_text, number, spread, spread_text, verdict

RESULTS = os.path.join(setting.VAR, "results.json")


def row(goal, values, why, stamp):
    """`values`, one a round, or why there are none."""
    made = {"name": goal.name, "section": goal.section, "key": goal.key, "work": goal.work, "against": goal.against,
            "unit": goal.unit, "goal": limit_text(goal), "why": goal.why, **stamp}
    if values is None:
        return {**made, "verdict": f"not measured: {why}"}
    seen = spread(values)
    return {**made, "values": values, "min": seen.low, "median": seen.middle, "max": seen.high,
            "shown": spread_text(goal, values), "verdict": verdict(goal, values)}


def rows_of(bench):
    stamp = {"at": time.strftime("%Y-%m-%d %H:%M"), "commit": _commit(), "quick": bench.is_quick}
    return [row(goal, bench.values.get((goal.section, goal.key)),
                bench.missing.get((goal.section, goal.key), "it gave no value"), stamp) for goal in bench.goals]


def _commit():
    """A copy without its history, or a machine without git, can be measured too."""
    if not shutil.which("git"):
        return "unknown"
    done = subprocess.run(["git", "-C", setting.ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release()}


def read():
    try:
        with open(RESULTS) as file:
            return json.load(file)
    except FileNotFoundError:
        return {"rows": [], "servers": {}, "series": {}}


def keep(bench, rows, order):
    """`order`: the goals' names; rows of goals that are no more are left out."""
    kept = read()
    by_name = {each["name"]: each for each in kept["rows"] + rows}
    result = {"machine": machine(), "rows": [by_name[name] for name in order if name in by_name],
              "servers": {**kept["servers"], **bench.servers}, "series": {**kept["series"], **bench.series}}
    with open(RESULTS, "w") as file:
        json.dump(result, file, indent=1)
    return result


_NUMBER = re.compile(r"-?[\d.,]+( \S+)?|—")


def columns(lines):
    """The first line names the columns. Numbers stand to the right, with the name of a column that has nothing else."""
    filled = list(zip(*lines))
    widths = [max(map(len, cells)) for cells in filled]
    is_number = [all(map(_NUMBER.fullmatch, cells[1:])) for cells in filled]

    def placed(word, at):
        return word.rjust(widths[at]) if is_number[at] or _NUMBER.fullmatch(word) else word.ljust(widths[at])
    return "\n".join("  ".join(placed(word, at) for at, word in enumerate(line)).rstrip() for line in lines)


def table(rows):
    lines = [["work", "against", "min", "median", "max", "goal", ""]]
    for each in rows:
        low, middle, high = each.get("shown", ["—"] * 3)
        lines.append([each["work"], each["against"], low, middle, high, each["goal"], each["verdict"]])
    return columns(lines)


def reasons(rows):
    """Of the rows that were missed, those with one reason together: ["one, another: why"]."""
    missed = {}
    for each in rows:
        if each["verdict"].startswith("missed"):
            missed.setdefault(each.get("why") or "not found out yet", []).append(f"{each['work']} {each['against']}")
    return [f"{', '.join(works)}: {why}" for why, works in missed.items()]


def servers_table(servers):
    """Medians; a column for each number that a section's servers have."""
    parts = []
    for section, found in servers.items():
        names = list(dict.fromkeys(name for values in found.values() for name in values))
        lines = [[section, *names]]
        lines += [[server, *(number(spread(values[name]).middle) if name in values else "—" for name in names)]
                  for server, values in found.items()]
        parts.append(columns(lines))
    return "\n\n".join(parts)
