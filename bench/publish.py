"""var/bench/results.json into what readers see: docs/bench.svg, docs/outage.svg, and the tables between the marks in README.md
and docs/performance.md. So no number there is typed by hand."""

import os
import re
import sys
import textwrap

import picture
import setting
from report import reasons

# README's: the most telling goal of each kind.
_README = ("hit/epoll_loop", "hit/nginx_proxy_cache", "hit/varnish", "hit/fastify", "l2/fastify", "stampede/loads")
_GROUPS = (("hit", "Hit in L1, 1 KiB"), ("list", "Hit in L1, a list of 50 rows, 20 KB"), ("l2", "Hit in Redis (Weir's L1 off)"))


def table(rows):
    lines = ["| work | against | min | median | max | goal | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        low, middle, high = row.get("shown", ("", "", ""))
        lines.append(f"| {row['work']} | {row['against']} | {low} | {middle} | {high} | {row['goal']} | {row['verdict']} |")
    return "\n".join(lines)


def replaced(text, inside):
    """What stands between the two marks gives way."""
    marks = re.compile(r"(<!-- ./dev bench --publish begins -->\n).*?(<!-- it ends -->)", re.S)
    if not marks.search(text):
        raise ValueError("the marks are missing")
    return marks.sub(lambda found: f"{found.group(1)}{inside}\n{found.group(2)}", text)


def _rewrite(name, inside):
    path = os.path.join(setting.ROOT, name)
    with open(path) as file:
        text = replaced(file.read(), inside)
    with open(path, "w") as file:
        file.write(text)


def _save(name, text):
    with open(os.path.join(setting.ROOT, "docs", name), "w") as file:
        file.write(text)


def origin(results):
    """On what machine, when and at which commits: rows may have been measured by parts."""
    measured = [row for row in results["rows"] if "values" in row]
    commits = list(dict.fromkeys(row["commit"] for row in measured))
    at = " and ".join(commits) if len(commits) < 3 else f"{len(commits)} commits"
    rounds = ", some in quick rounds" if any(row["quick"] for row in measured) else ""
    day = max(row["at"] for row in measured).split()[0]
    machine = results["machine"]
    return f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel'].split('-')[0]}, {day}, at {at}{rounds}"


def _draw_bars(results, where):
    groups = [(title, {name: found["cpu_us"] for name, found in results["servers"][section].items()})
              for section, title in _GROUPS if section in results["servers"]]
    _save("bench.svg", picture.bars("CPU time per request, less is better", "Median of interleaved rounds, no access log. " + where, groups))
    return "![CPU time per request of Weir and others](%s)\n\n"


def _draw_outage(results):
    samples = results["series"].get("outage")
    if not samples:
        return ""
    failed = next(row["median"] for row in results["rows"] if row["name"].endswith("that failed"))
    _save("outage.svg", picture.outage("Queries per second that Postgres sees, at 2,000 requests per second",
                                       f"{failed:.2g} % of the requests failed.", samples))
    return "\n\n![Queries that Postgres sees while Redis is away](outage.svg)"


def _missed(rows):
    """An item for each reason: the goals that it concerns, then the reason in sentences of its own, in lines that fit."""
    items = []
    for found in reasons(rows):
        goals, why = found.split(": ", 1)
        items.append(textwrap.fill(f"- {goals}. {why[0].upper()}{why[1:]}.", 118, subsequent_indent="  ", break_on_hyphens=False))
    return "\n".join(["Goals that were missed, and the section that says what was tried:\n", *items, "\n"]) if items else ""


def publish(results):
    if not results["rows"]:
        sys.exit("there are no results yet: run ./dev bench first")
    where = origin(results)
    bars, outage = _draw_bars(results, where), _draw_outage(results)
    short = [row for wanted in _README for row in results["rows"] if f"{row['section']}/{row['key']}" == wanted]
    _rewrite("README.md", f"{bars % 'docs/bench.svg'}{table(short)}\n\nMeasured without an access log on {where}.")
    _rewrite(os.path.join("docs", "performance.md"),
             f"{bars % 'bench.svg'}{table(results['rows'])}\n\n{_missed(results['rows'])}Measured without an access log on {where}.{outage}")
