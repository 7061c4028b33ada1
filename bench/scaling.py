"""python3 bench/scaling.py [NODES…]: what a write costs as the fleet grows, and what a node costs that has nothing to do.

One real node among so many that only hear and acknowledge (fleet.py): the announcement's script, its messages and the
acknowledgements are real, so is Redis. Prints the tables of docs/scaling.md. Needs what ./dev bench builds."""

import os
import subprocess
import sys
import time

import setting
from cores import Meter
from node import SHIPPED, run_weir
from servers import REDIS_PASSWORD
from stage import Stage

WRITES = 40
IDLE_SECONDS = 5.0
REGISTRY = "weir:registry:{weir:v1}"


class Fleet:
    """So many nodes in the registry whose leases do not run out while this measures."""

    def __init__(self, redis, count):
        names = [f"fake{n}" for n in range(count)]
        self._redis = redis
        self._process = subprocess.Popen([sys.executable, "-B", f"{setting.HERE}/fleet.py", redis.path, REDIS_PASSWORD],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._process.stdin.write(" ".join(names) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "listening\n"
        until = str(int(time.time() * 1000) + 3_600_000)
        self._fields = [f"node:{name}" for name in names]
        for field in self._fields:
            redis("HSET", REGISTRY, field, until)

    def close(self):
        for field in self._fields:
            self._redis("HDEL", REGISTRY, field)
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def start_shop(stage):
    for name in ("schema", "catalogue"):
        stage.postgres.file(os.path.join(setting.ROOT, "config", f"{name}.sql"))
    done = run_weir("migrate", "--config", SHIPPED, env=stage.env())
    assert done.returncode == 0, done.stderr
    return stage.weir(config=SHIPPED)


def write(node, price):
    answer = node.post("/products/p1", {"price_cents": price}).json
    assert answer["invalidation"] == "done", answer


def cost_of_writes(stage, node, others):
    fleet = Fleet(stage.redis, others)
    try:
        write(node, 1)
        meter, times = Meter(redis=stage.redis.child.pid, weir=node.child.pid, postgres=stage.postgres.child.pid), []
        for price in range(2, 2 + WRITES):
            began = time.monotonic()
            write(node, price)
            times.append(time.monotonic() - began)
        used = {name: seconds / WRITES * 1e6 for name, seconds in meter.read().items()}
        return {"nodes": others + 1, "ms p50": f"{sorted(times)[WRITES // 2] * 1000:.1f}",
                **{f"{name} µs": f"{used[name]:.0f}" for name in used}}
    finally:
        fleet.close()


def idling(stage, nodes):
    """Of the servers together, and of one node, in µs of CPU a second."""
    meter = Meter(redis=stage.redis.child.pid, postgres=stage.postgres.child.pid,
                  weir=nodes[0].child.pid)
    time.sleep(IDLE_SECONDS)
    return {name: seconds / IDLE_SECONDS * 1e6 for name, seconds in meter.read().items()}


def cost_of_idling(stage, node):
    """What four more nodes add, for one of them: the servers' own idling is not the node's."""
    few = idling(stage, [node])
    more = idling(stage, [node] + [stage.weir(config=SHIPPED) for _ in range(4)])
    return {"per second": "one idle node more", "redis µs": f"{(more['redis'] - few['redis']) / 4:.0f}",
            "postgres µs": f"{(more['postgres'] - few['postgres']) / 4:.0f}", "weir µs": f"{few['weir']:.0f}"}


def table(rows):
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main():
    counts = [int(word) for word in sys.argv[1:]] or [1, 3, 10, 30, 100, 300, 1000]
    stage = Stage()
    try:
        node = start_shop(stage)
        print(table([cost_of_writes(stage, node, count - 1) for count in counts]) + "\n")
        print(table([cost_of_idling(stage, node)]))
    finally:
        stage.close()


main()
