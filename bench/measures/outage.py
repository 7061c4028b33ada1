"""Redis is killed under load, and comes back empty. What Postgres is asked meanwhile is counted by itself, with a sequence
in the query. The load is paced: clients do not ask less because answers are slow."""

import threading
import time

from cores import ALL
from load import paced

_RATE = 2000
_KEYS = 2000


def of_redis(bench):
    stage = bench.stage
    around, away = (4, 6) if bench.is_quick else (15, 30)
    stage.place(ALL)
    weir = stage.weir(cores=ALL)
    count = stage.postgres.session()
    reports = {}

    def load():
        reports["load"] = paced(weir.port, "/v1/watched/{n}", cores=ALL, connections=256, seconds=2 * around + away,
                                rate=_RATE, keys=_KEYS)
    try:
        paced(weir.port, "/v1/watched/{n}", cores=ALL, seconds=_KEYS / _RATE, rate=_RATE, keys=_KEYS)
        client = threading.Thread(target=load)
        client.start()
        samples = _sample(count, around, "before")
        stage.redis.kill()
        samples += _sample(count, away, "during")
        stage.redis.start()
        samples += _sample(count, around, "after")
        client.join()
    finally:
        weir.stop()
        if not stage.redis.child.is_running():
            stage.redis.start()
        stage.spread_out()
    bench.series["outage"] = samples
    for phase in ("before", "during", "after"):
        bench.found(phase, [rate for name, rate in samples if name == phase])
    statuses = reports["load"]["statuses"]
    total = sum(statuses.values()) + reports["load"]["unsent"]
    bench.found("failed", [100 * (total - statuses.get("200", 0)) / total])


def _sample(count, seconds, phase):
    """[phase, queries a second], one a second."""
    found, before, began = [], int(count("select last_value from watched_loads")), time.monotonic()
    for number in range(1, seconds + 1):
        time.sleep(max(0, began + number - time.monotonic()))
        now = int(count("select last_value from watched_loads"))
        found.append([phase, now - before])
        before = now
    return found
