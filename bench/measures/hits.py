"""Hits: the CPU that a server spends on a request. It has a core to itself, wrk with 64 connections has the other."""

import peers
from cores import Meter
from load import paced, wrk
from ratios import ratios
from stage import whole_answer

_PEERS = (peers.epoll_loop, peers.nginx_return, peers.nginx_lua, peers.nginx_proxy_cache, peers.varnish, peers.fastify)
_L2_KEYS = 5000


def measure_hit(bench, name, server, target, headers=()):
    meter = Meter(cpu=server.child.pid)
    count, rate = wrk(server.port, target, bench.seconds, headers=headers)
    bench.seen(name, rate=rate, cpu_us=meter.read()["cpu"] / count * 1e6)
    return count


def _answers(node):
    return node.metric("weir_http_answers_total")


def warm_weir(stage, target, detail, **env):
    node = stage.weir(**env)
    answer = whole_answer(node.port, target)
    if b"hit; ttl=" not in answer or f"detail={detail}".encode() not in answer:
        raise RuntimeError(f"{target} is no hit in {detail}: {answer[:300]!r}")
    return node


def _compare(bench, target):
    weir = warm_weir(bench.stage, target, "l1")
    wanted = [make for make in _PEERS if bench.wants(make.__name__)]
    running, missing = peers.start_all(wanted, bench.stage, weir, target)

    def measure(name, server):
        before = _answers(weir)
        count = measure_hit(bench, name, server, target)
        if server is not weir and _answers(weir) - before > count / 1000:
            raise RuntimeError(f"{name} asks its origin: its answers are no hits")
    servers = {"weir": weir, **running}
    try:
        for server in servers.values():  # a just-in-time compiler has seen its code by then
            wrk(server.port, target, 1)
        bench.interleave(servers, measure)
    finally:
        for server in servers.values():
            server.stop()
    for name in running:
        bench.found(name, ratios(bench.of("weir", "cpu_us"), bench.of(name, "cpu_us")))
    for name, why in missing.items():
        bench.not_measured(name, why)


def of_items(bench):
    _compare(bench, "/v1/items/1")


def of_lists(bench):
    _compare(bench, "/v1/lists/books")


def not_modified(bench):
    target = "/v1/items/1"
    weir = warm_weir(bench.stage, target, "l1")
    try:
        etag = weir.get(target)["ETag"]
        headers = {"200": (), "304": (f"If-None-Match: {etag}",)}
        bench.interleave(headers, lambda name, lines: measure_hit(bench, name, weir, target, lines))
    finally:
        weir.stop()
    bench.found("cpu", ratios(bench.of("304", "cpu_us"), bench.of("200", "cpu_us")))


def of_redis(bench):
    """L1 off, and as many keys as it takes that concurrent requests do not wait for the same look-up. Redis has a core
    together with the load generator; what it spends is counted apart."""
    target = "/v1/items/{n}"
    stage = bench.stage
    weir = warm_weir(stage, "/v1/items/1", "l2", WEIR_L1_BYTES="0")
    running, missing = peers.start_all([peers.fastify], stage, weir, "/v1/items/1")
    servers = {"weir": weir, **running}
    try:
        for server in servers.values():
            _ask_for_all(stage.redis, server.port, target)
        bench.interleave(servers, lambda name, server: _measure_l2(bench, name, server, target))
    finally:
        for server in servers.values():
            server.stop()
    bench.found("batch", bench.of("weir", "batch"))
    for key, name in (("fastify", "cpu_us"), ("redis", "redis_us")):
        if missing:
            bench.not_measured(key, missing["fastify"])
        else:
            bench.found(key, ratios(bench.of("weir", name), bench.of("fastify", name)))


def _ask_for_all(redis, port, target):
    """Asks until all keys are stored: one that was loaded while Redis answered too slowly is not. The bus asks for a few keys,
    too, that are not there."""
    for _ in range(10):
        misses, asked = _redis_work(redis)[-1], 0
        while asked < _L2_KEYS:
            asked += paced(port, target, keys=_L2_KEYS, first_key=asked, seconds=0.5)["answers"]
        if _redis_work(redis)[-1] - misses < _L2_KEYS / 100:
            return
    raise RuntimeError(f"{target}: not every answer comes to be in Redis")


def _measure_l2(bench, name, server, target):
    redis = bench.stage.redis
    before = _redis_work(redis)
    meter = Meter(cpu_us=server.child.pid, redis_us=redis.child.pid)
    report = paced(server.port, target, connections=64, keys=_L2_KEYS, seconds=bench.seconds)
    if set(report["statuses"]) != {"200"}:
        raise RuntimeError(f"{name}: {report['statuses']}")
    used = {key: seconds / report["answers"] * 1e6 for key, seconds in meter.read().items()}
    commands, reads, misses = (b - a for a, b in zip(before, _redis_work(redis)))
    if misses > report["answers"] / 100:
        raise RuntimeError(f"{name}: {misses} of {report['answers']} requests were no hits")
    bench.seen(name, rate=report["answers"] / report["seconds"], batch=commands / reads, **used)


def _redis_work(redis):
    found = dict(line.split(b":", 1) for line in redis("INFO", "stats").splitlines() if b":" in line)
    return [int(found[name]) for name in (b"total_commands_processed", b"total_reads_processed", b"keyspace_misses")]
