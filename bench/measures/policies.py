"""The L1 by itself, without a server around it: weir_replay (bench/replay) holds a million entries, and replays request traces
through Weir's L1 and through other policies. Traces are not part of the project: WEIR_TRACES names a folder of *.trace.xz."""

import csv
import glob
import lzma
import os
import subprocess

import setting
from bench import NotMeasured, show
from peers import built

_ENTRIES = "1000000"
_NEARBY = os.path.join(os.path.dirname(setting.ROOT), "shared", "traces")
_POLICIES = ("weir", "lru", "sieve", "s3_fifo", "arc", "optimal")


def _replay(*words):
    """Its rows: tab-separated, under the columns' names."""
    done = subprocess.run([built("weir_replay"), *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise NotMeasured(f"weir_replay: {done.stderr.strip()[-200:]}")
    return list(csv.DictReader(done.stdout.splitlines(), delimiter="\t"))


def of_a_million(bench):
    if bench.wants("overhead"):
        bench.found("overhead", [float(row["overhead_bytes"]) for row in _replay("--memory", _ENTRIES)])
    kinds = [kind for kind in ("uniform", "zipf") if bench.wants(kind)]
    if not kinds:
        return
    for number in range(1 if bench.is_quick else 3):
        show(f"look-ups, round {number + 1}")
        for row in _replay("--lookup", _ENTRIES):
            bench.seen(row["drawn"], ns_of_1000=float(row["ns_of_1000"]), ns=float(row["ns"]), ratio=float(row["ratio"]))
    for kind in kinds:
        bench.found(kind, bench.of(kind, "ratio"))


def on_traces(bench):
    """A ratio for each trace and each size of L1: none may be under 1."""
    files = sorted(glob.glob(os.path.join(os.environ.get("WEIR_TRACES", _NEARBY), "*.trace.xz")), key=os.path.getsize)
    if not files:
        raise NotMeasured("no traces: WEIR_TRACES names a folder of *.trace.xz")
    margins = []
    for file in files[:1] if bench.is_quick else files:
        show(os.path.basename(file))
        for row in _replay(_unpacked(bench.stage, file)):
            margins.append(float(row["weir_to_best"]))
            bench.seen(f"{row['trace']} {row['percent']}%", **{f"{name}_%": 100 * float(row[name]) for name in _POLICIES})
    bench.found("margin", margins)


def _unpacked(stage, file):
    with lzma.open(file) as packed:
        return stage.write(os.path.basename(file).removesuffix(".xz"), packed.read())
