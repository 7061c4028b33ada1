"""Ten thousand clients ask for one key that no tier holds, on three nodes at once, and its load takes 100 ms. Postgres counts
the loads with a sequence: no transaction takes that back. All nodes and the clients share all cores.
A request that is sent after the load was done is a hit; `waited` is the share of the others."""

from cores import ALL, Meter
from load import paced

_CLIENTS = 10_000
_LOADER_MS = 100


def on_one_cold_key(bench):
    stage = bench.stage
    stage.place(ALL)
    nodes = [stage.weir(cores=ALL) for _ in range(3)]
    ports = [node.port for node in nodes]
    loads, beyond = [], []

    def measure(_name, key):
        before, hits = _loads(stage), _hits(nodes)
        meter = Meter(**{str(node.port): node.child.pid for node in nodes})
        report = paced(ports, f"/v1/slow/{key}{len(loads)}", cores=ALL, connections=_CLIENTS, at_once=True)
        if set(report["statuses"]) != {"200"}:
            raise RuntimeError(f"not all were answered: {report['statuses']}")
        loads.append(_loads(stage) - before)
        beyond.append(report["us"]["p99"] / 1000 - _LOADER_MS)
        cpu = sum(meter.read().values()) / _CLIENTS * 1e6  # of all three nodes
        bench.seen("weir", loads=loads[-1], waited=1 - (_hits(nodes) - hits) / _CLIENTS, cpu_us=cpu, **{f"{name}_ms": us / 1000 for name, us in report["us"].items()})
    try:
        paced(ports, "/v1/items/1", cores=ALL, connections=64, seconds=0.2)
        bench.interleave({"stampede": "key"}, measure)
    finally:
        for node in nodes:
            node.stop()
        stage.spread_out()
    bench.found("loads", loads)
    bench.found("p99", beyond)


def _hits(nodes):
    return sum(node.metric("weir_http_answers_total", outcome="hit") for node in nodes)


def _loads(stage):
    return int(stage.postgres.sql("select case when is_called then last_value + 1 else 0 end from slow_loads"))
