"""What Weir shall reach, as data. A value is a ratio within one round unless its unit says otherwise; a goal without a limit
is measured for comparison only."""

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Goal:
    section: str                    # which measurement yields it: measures/
    key: str                        # which of its values
    work: str
    against: str
    limit: Optional[float] = None
    at_least: bool = False          # otherwise at most
    unit: str = "×"
    judged_by: str = "median"       # or "all": not one may miss it
    why: str = ""                   # the reason for a missed goal, as far as it is known; docs/performance.md says what was tried

    @property
    def name(self):
        return f"{self.section}: {self.work}, {self.against}"


_WHY_A_HIT = ("the loop parses nothing, looks nothing up and counts nothing. What Weir adds to the kernel's work is a sixth of a "
              "hit's CPU time. It is spread over fifty functions, and the most expensive one takes a hundredth (The hit path)")
_WHY_A_LIST = ("most of a large answer's cost is the kernel's copying and TCP, which is the same for every server. So the ratio to "
               "others cannot be as small as for a small answer. Head and body are sent as a list of two pieces, which costs more "
               "than one piece (The hit path)")
_WHY_L2 = ("an L2 hit takes 48,000 instructions. A third of them are malloc and free for coroutines, replies and the entry. Other "
           "allocators save hardly any time (An L2 hit)")
_WHY_A_MISS = ("a select of pgbench needs neither Redis nor a client that asks. All processes share two cores. Of a miss, Redis takes 16 µs and "
               "the client 8 µs; pgbench and Postgres together need 46 µs for a select (The miss path)")
_WHY_A_LOOK_UP = ("a look-up among a million entries misses the processor's caches twice, one miss after the other. 1,000 entries "
                  "stay in those caches. Each miss costs several times what a whole look-up costs there (L1)")


def _hits(section, work, why):
    limits = {"epoll_loop": ("bare epoll loop", 1.10), "nginx_return": ("nginx return", 1.0), "nginx_lua": ("nginx + Lua dict", None),
              "nginx_proxy_cache": ("nginx proxy_cache", 0.70), "varnish": ("Varnish", 0.45), "fastify": ("Node, Redis hit", 0.28)}
    return [Goal(section, key, work, f"÷ {against}", limit, why=why if limit else "") for key, (against, limit) in limits.items()]


GOALS = [
    *_hits("hit", "L1 hit, CPU per request", _WHY_A_HIT),
    *_hits("list", "list of 50 rows, CPU per request", _WHY_A_LIST),
    Goal("latency", "p99", "L1 hit, p99 at half of peak load", "÷ nginx proxy_cache", 1.0),
    Goal("304", "cpu", "304, CPU per request", "÷ the 200", 1.0),
    Goal("l2", "fastify", "L2 hit, CPU per request", "÷ Node", 0.50, why=_WHY_L2),
    Goal("l2", "redis", "L2 hit, Redis' CPU per request", "÷ that under Node"),
    Goal("l2", "batch", "L2 hit, Redis commands", "per read from a socket", unit=""),
    Goal("miss", "rate", "miss, requests per second", "÷ pgbench -S -M prepared", 0.9, at_least=True, why=_WHY_A_MISS),
    Goal("miss", "alone", "miss without Redis, requests per second", "÷ pgbench -S -M prepared"),
    Goal("miss", "postgres", "miss, Postgres' CPU per select", "÷ under pgbench"),
    Goal("miss", "cpu", "miss, CPU of Weir + Postgres", "÷ pgbench + Postgres"),
    Goal("stampede", "loads", "10,000 GETs of a cold key on 3 nodes", "loader runs", 1, unit="", judged_by="all"),
    Goal("stampede", "p99", "10,000 GETs of a cold key on 3 nodes", "p99 beyond the loader's 100 ms", 20, unit="ms"),
    Goal("idle", "bytes", "10,000 idle connections", "memory of each", 8, unit="KiB"),
    Goal("l1", "overhead", "L1 of 1,000,000 entries", "overhead of each", 120, unit="B"),
    Goal("l1", "uniform", "L1 of 1,000,000 entries, a look-up of any key", "÷ in 1,000 entries", 1.5, why=_WHY_A_LOOK_UP),
    Goal("l1", "zipf", "L1 of 1,000,000 entries, a look-up by popularity", "÷ in 1,000 entries", 1.5, why=_WHY_A_LOOK_UP),
    Goal("workers", "scale", "2 workers, work done", "÷ 1 worker, from the CPU per request", 1.8, at_least=True),
    Goal("outage", "before", "Redis away under load, Postgres' queries", "before", unit="/s"),
    Goal("outage", "during", "Redis away under load, Postgres' queries", "during", unit="/s"),
    Goal("outage", "after", "Redis away under load, Postgres' queries", "after", unit="/s"),
    Goal("outage", "failed", "Redis away under load, requests", "that failed", unit="%"),
    Goal("trace", "margin", "hit ratio on real traces", "÷ the best of LRU, SIEVE, S3-FIFO, ARC", 1.0, at_least=True,
         judged_by="all"),
    Goal("build", "clean", "clean build", "", 240, unit="s"),
    Goal("build", "touched", "build after touching one .cpp", "", 20, unit="s"),
]

ONLY_WHEN_ASKED = {"build"}  # takes minutes


def chosen(words):
    """Those whose names contain a word; without words, all that are not only run when asked for."""
    if not words:
        return [goal for goal in GOALS if goal.section not in ONLY_WHEN_ASKED]
    return [goal for goal in GOALS if any(word.lower() in goal.name.lower() for word in words)]
