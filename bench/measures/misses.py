"""Misses against pgbench, which asks Postgres for the same rows with the same prepared statement over as many connections,
and does nothing else. All processes of either share all cores, the load generator included."""

from cores import ALL, Meter, ended_seconds, family
from load import paced, pgbench
from processes import wait_for
from ratios import ratios

_CONNECTIONS = 16  # as in weir.toml
_KEYS = 100_000

# What Weir sends for /v1/cold/{id}; pgbench's variables are numbers.
_SCRIPT = f"""\\set n random(1, {_KEYS})
select row_to_json(weir_row)::text from (
select id, name, price_cents, currency, description from items where id = (:n)::text
) weir_row;
"""


def against_pgbench(bench):
    stage = bench.stage
    script = stage.write("select.sql", _SCRIPT)
    weir = stage.weir(cores=ALL, WEIR_WORKERS="2")
    alone = stage.weir(cores=ALL, config=stage.without_redis(), WEIR_WORKERS="2")
    stage.place(ALL)
    sweep = {"weir": 0, "alone": _KEYS // 2}
    for node in (weir, alone):  # opens its connections to Postgres
        paced(node.port, "/v1/cold/{n}", connections=64, seconds=0.3, keys=_KEYS, first_key=_KEYS // 4)

    def measure(name, server):
        if server is None:
            _measure_pgbench(bench, script)
        else:
            sweep[name] = _measure_weir(bench, name, server, sweep[name])
    try:
        bench.interleave({"pgbench": None, "weir": weir, "alone": alone}, measure)
    finally:
        weir.stop()
        alone.stop()
        stage.spread_out()
    bench.found("rate", ratios(bench.of("weir", "rate"), bench.of("pgbench", "rate")))
    bench.found("alone", ratios(bench.of("alone", "rate"), bench.of("pgbench", "rate")))
    bench.found("postgres", ratios(bench.of("weir", "postgres_us"), bench.of("pgbench", "postgres_us")))
    bench.found("cpu", ratios(*([a + b for a, b in zip(bench.of(name, "client_us"), bench.of(name, "postgres_us"))]
                                for name in ("weir", "pgbench"))))


def _measure_pgbench(bench, script):
    """Its backends and itself end with the run, so both are found in what their parents' children have used."""
    postmaster = bench.stage.postgres.child.pid
    before, processes = (ended_seconds("self"), ended_seconds(postmaster)), len(family(postmaster))
    count, rate = pgbench(bench.stage.postgres, script, bench.seconds)
    wait_for("its backends have ended", lambda: len(family(postmaster)) <= processes)
    client, server = (after - was for after, was in zip((ended_seconds("self"), ended_seconds(postmaster)), before))
    bench.seen("pgbench", rate=rate, client_us=client / count * 1e6, postgres_us=server / count * 1e6)


def _measure_weir(bench, name, node, first):
    stage = bench.stage
    meter = Meter(client_us=node.child.pid, postgres_us=stage.postgres.child.pid, redis_us=stage.redis.child.pid)
    misses = node.metric("weir_http_answers_total", resource="cold", outcome="miss")
    report = paced(node.port, "/v1/cold/{n}", cores=ALL, connections=64, seconds=bench.seconds, keys=_KEYS, first_key=first)
    count = report["answers"]
    missed = node.metric("weir_http_answers_total", resource="cold", outcome="miss") - misses
    if set(report["statuses"]) != {"200"} or missed < 0.99 * count:
        raise RuntimeError(f"{missed:.0f} of {count} requests were misses: {report['statuses']}")
    used = {key: seconds / count * 1e6 for key, seconds in meter.read().items()}
    bench.seen(name, rate=count / report["seconds"], p99_us=report["us"]["p99"], **used)
    return (first + count) % _KEYS
