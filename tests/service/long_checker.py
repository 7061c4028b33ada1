"""./dev check-freshness [WRITES] [WORD…]: every fault, or those whose names contain one of the words, each until so many
writes (100,000) are acknowledged under it; then what acknowledging costs, and a hundredth as many crashes. Prints what
happens and, at the end, tables, which are also in var/freshness.md."""

import ast
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VAR = os.path.join(os.path.dirname(os.path.dirname(HERE)), "var")
COST_WRITES_MAX = 5000  # their load is moderate: more take long and show nothing else


def spread(times):
    return "-" if times["count"] == 0 else f"{times['p50']:.1f} / {times['p99']:.1f} / {times['max']:.0f}"


def under_fault(report):
    def total(field):
        return sum(node[field] for node in report["nodes"])

    return {"run time s": f"{report['seconds']:.0f}", "rounds": report["rounds"], "acknowledged": report["acknowledged"],
            "pending": total("pending"), "failed": total("failed"),
            "reads": sum(total(kind) for kind in ("l1", "l2", "miss", "other")), "of them from L1": total("l1"),
            "violations": report["violations"], "of them excused": report["excused"],
            "longest staleness ms": f"{report['longest_staleness_ms']:.0f}",
            "acknowledging ms p50 / p99 / max": spread(report["acknowledged_ms"]),
            "bypassing unseen ms p50 / p99 / max": spread(report["bypass_unseen_ms"]),
            "recovery s max": f"{report['recovery_s']:.1f}"}


def of_cost(report):
    others = max(node["acknowledged_ms"]["max"] for node in report["nodes"][:2])
    return {"acknowledged": report["acknowledged"], "violations": report["violations"],
            "acknowledging ms p50 / p99 / max": spread(report["acknowledged_ms"]),
            "the same transaction past Weir": spread(report["transaction_ms"]),
            "max on the nodes that never hang": f"{others:.0f}"}


def of_crashes(report):
    # There is a report only when none was lost.
    return {"kills": report["kills"], "lost": 0, "visible after s p50": f"{report['p50_s']:.3f}",
            "max": f"{report['max_s']:.3f}"}


# (file, what the names begin with, the row of a report, the environment for so many writes)
SECTIONS = (
    ("test_freshness", "test_no_stale_read_", under_fault, lambda n: {"WEIR_CHECKER_WRITES": str(n)}),
    ("test_freshness", "test_a", of_cost, lambda n: {"WEIR_CHECKER_WRITES": str(min(n, COST_WRITES_MAX))}),
    ("test_crashes", "test_", of_crashes, lambda n: {"WEIR_CRASH_KILLS": str(max(n // 100, 1))}),
)


def tests(module, start):
    with open(os.path.join(HERE, f"{module}.py")) as file:
        return [(f"{module}.{group.name}.{test.name}", test.name.removeprefix("test_no_stale_read_").removeprefix("test_").replace("_", " "))
                for group in ast.parse(file.read()).body if isinstance(group, ast.ClassDef)
                for test in group.body if getattr(test, "name", "").startswith(start)]


def run(method, env):
    """The report and whether the test passed; there may be a report even when it did not."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        done = subprocess.run([sys.executable, "-B", "-m", "unittest", method], cwd=HERE,
                              env=dict(os.environ, WEIR_CHECKER_REPORT=report.name, **env))
        text = report.read()
        return json.loads(text) if text else None, done.returncode == 0


def table(rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, ["---"] * len(columns), *([row.get(name, "") for name in columns] for row in rows)]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines) + "\n"


def main():
    words = sys.argv[1:]
    writes = int(words.pop(0)) if words and words[0].isdigit() else 100_000
    tables, is_passed = [], True
    os.makedirs(VAR, exist_ok=True)
    for module, start, of, environment in SECTIONS:
        rows = []
        for method, name in tests(module, start):
            if words and not any(word in method for word in words):
                continue
            print(f"· {name}", flush=True)
            report, passed = run(method, environment(writes))
            is_passed = is_passed and passed
            rows.append({"": name, "passed": "yes" if passed else "NO", **(of(report) if report else {})})
            with open(os.path.join(VAR, "freshness.md"), "w") as file:
                file.write("".join(map(table, [*tables, rows])))
        if rows:
            tables.append(rows)
    print("".join(map(table, tables)))
    sys.exit(0 if is_passed and tables else 1)


main()
