"""What is measured, in the order of the table. Each is a function of a Bench that keeps values under its goals' keys."""

from . import hits, idle, latency, misses, outage, policies, stampede, times, workers

SECTIONS = {
    "hit": hits.of_items,
    "list": hits.of_lists,
    "latency": latency.at_half_of_peak,
    "304": hits.not_modified,
    "l2": hits.of_redis,
    "miss": misses.against_pgbench,
    "stampede": stampede.on_one_cold_key,
    "idle": idle.connections,
    "l1": policies.of_a_million,
    "workers": workers.one_and_two,
    "outage": outage.of_redis,
    "trace": policies.on_traces,
    "build": times.of_builds,
}
