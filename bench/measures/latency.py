"""Latency of hits below saturation: requests are due at a fixed rate, and a latency counts from when its request was due."""

import peers
from load import paced, wrk
from measures.hits import warm_weir
from ratios import ratios


def at_half_of_peak(bench):
    target = "/v1/items/1"
    weir = warm_weir(bench.stage, target, "l1")
    running = {}
    try:
        running["weir"] = weir
        running["nginx_proxy_cache"] = peers.nginx_proxy_cache(bench.stage, weir, target)
        # Both get the same load: half of what the slower one can do.
        rate = min(wrk(server.port, target, 1)[1] for server in running.values()) / 2
        bench.interleave(running, lambda name, server: _measure(bench, name, server, target, rate))
    finally:
        for server in running.values():
            server.stop()
    bench.found("p99", ratios(bench.of("weir", "p99_us"), bench.of("nginx_proxy_cache", "p99_us")))


def _measure(bench, name, server, target, rate):
    report = paced(server.port, target, connections=64, seconds=bench.seconds, rate=f"{rate:.0f}")
    if report["unsent"] or set(report["statuses"]) != {"200"}:
        raise RuntimeError(f"{name} did not keep up: {report}")
    bench.seen(name, rate=rate, p50_us=report["us"]["p50"], p99_us=report["us"]["p99"], p999_us=report["us"]["p999"])
