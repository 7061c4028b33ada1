"""./dev check-freshness [WRITES] [WORD…]: every fault, or those whose names contain one of the words, each until so many
writes (100,000) are acknowledged under it. Prints what happens and a table at the end, which is also in
var/freshness.md."""

import ast
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VAR = os.path.join(os.path.dirname(os.path.dirname(HERE)), "var")
COLUMNS = ("under", "rounds", "run time s", "acknowledged", "pending", "failed", "reads", "of them from L1",
           "violations", "excused", "longest staleness ms", "acknowledging ms p50 / p99 / max",
           "bypassing unseen ms p50 / p99 / max", "recovery s")


def faults():
    with open(os.path.join(HERE, "test_freshness.py")) as file:
        return [(f"{group.name}.{test.name}", test.name.removeprefix("test_no_stale_read_"))
                for group in ast.parse(file.read()).body if isinstance(group, ast.ClassDef)
                for test in group.body if getattr(test, "name", "").startswith("test_no_stale_read_")]


def spread(times):
    return "-" if times["count"] == 0 else f"{times['p50']:.1f} / {times['p99']:.1f} / {times['max']:.0f}"


def row(name, report):
    def total(field):
        return sum(node[field] for node in report["nodes"])

    reads = sum(total(kind) for kind in ("l1", "l2", "miss", "other"))
    return (name, report["rounds"], f"{report['seconds']:.0f}", report["acknowledged"], total("pending"), total("failed"),
            reads, total("l1"), report["violations"], report["excused"], f"{report['longest_staleness_ms']:.0f}",
            spread(report["acknowledged_ms"]), spread(report["bypass_unseen_ms"]), f"{report['recovery_s']:.1f}")


def run(method, writes):
    """The report and whether the test passed; the report is there even when it did not."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        env = dict(os.environ, WEIR_CHECKER_WRITES=str(writes), WEIR_CHECKER_REPORT=report.name)
        done = subprocess.run([sys.executable, "-B", "-m", "unittest", f"test_freshness.{method}"], cwd=HERE,
                              env=env)
        text = report.read()
        return json.loads(text) if text else None, done.returncode == 0


def table(rows):
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def main():
    words = sys.argv[1:]
    writes = int(words.pop(0)) if words and words[0].isdigit() else 100_000
    rows, is_passed = [], True
    for method, name in faults():
        if words and not any(word in name for word in words):
            continue
        name = name.removeprefix("while_").removeprefix("under_").replace("_", " ")
        print(f"· {name}: {writes} acknowledged writes", flush=True)
        report, passed = run(method, writes)
        is_passed = is_passed and passed
        rows.append(row(name, report) if report else (name, "no report", *[""] * (len(COLUMNS) - 2)))
        os.makedirs(VAR, exist_ok=True)
        with open(os.path.join(VAR, "freshness.md"), "w") as file:
            file.write(table(rows))
    print(table(rows))
    sys.exit(0 if is_passed and rows else 1)


main()
