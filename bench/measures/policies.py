"""The L1 by itself, without a server around it: weir_replay (bench/replay) holds a million entries, and replays request traces
through Weir's eviction and through others'. Traces are not part of the project: WEIR_TRACES names a folder of *.trace.xz."""

import glob
import json
import os
import subprocess

import setting
from bench import show
from peers import NotMeasured, built
from ratios import ratios

_NEARBY = os.path.join(os.path.dirname(setting.ROOT), "shared", "traces")
_OTHERS = ("lru", "sieve", "s3fifo", "arc")


def _replay(*words):
    done = subprocess.run([built("weir_replay"), "--json", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise NotMeasured(f"weir_replay: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout)


def of_a_million(bench):
    report = _replay("--entries", "1000000")
    bench.found("overhead", report["overhead_bytes"])
    bench.found("lookup", ratios(report["lookup_ns"], report["lookup_ns_small"]))


def on_traces(bench):
    """A ratio for each trace and each size of L1: none may be under 1."""
    files = sorted(glob.glob(os.path.join(os.environ.get("WEIR_TRACES", _NEARBY), "*.trace.xz")))
    if not files:
        raise NotMeasured("no traces: WEIR_TRACES names a folder of *.trace.xz")
    if bench.is_quick:
        files.sort(key=os.path.getsize)
        del files[1:]
    margins = []
    for file in files:
        show(os.path.basename(file))
        for trace in _replay(file)["traces"]:
            for size in trace["sizes"]:
                found = size["hit_ratio"]
                margins.append(found["weir"] / max(found[name] for name in _OTHERS))
                bench.seen(f"{trace['name']} {size['share']:.0%}", **{name: 100 * ratio for name, ratio in found.items()})
    bench.found("margin", margins)
