"""Which core runs what, and how much of a core a group of processes has used."""

import os
import time

_CORES = sorted(os.sched_getaffinity(0))

# On two cores the server has one and the load generator the other; whatever else runs shares the generator's.
SERVER = {_CORES[0]}
LOAD = {_CORES[-1]}
OTHERS = set(_CORES[1:]) or SERVER
ALL = set(_CORES)


def family(pid):
    """The process and all that it started: nginx and Varnish work in children, Postgres has one for each connection."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat:
                parents.setdefault(int(stat.read().rsplit(")", 1)[1].split()[1]), []).append(int(name))
        except OSError:
            continue  # it ended meanwhile
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def pin(pid, cores):
    """Every thread that there is; those to come inherit it."""
    for each in family(pid):
        for thread in _threads(each):
            try:
                os.sched_setaffinity(thread, cores)
            except ProcessLookupError:
                pass


def _threads(pid):
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except FileNotFoundError:
        return []


def _cpu_seconds(pid):
    """What /proc/PID/stat counts as utime + stime, but in nanoseconds instead of ticks of 10 ms, and with the threads
    that have ended: the kernel's clock of a process (clock_getcpuclockid(3) makes the same number)."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it ended


def ended_seconds(pid):
    """utime + stime of its children that have ended."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


class Meter:
    """CPU seconds since it was made, of each named process with its family."""

    def __init__(self, **roots):
        self._roots = roots
        self._before = {name: self._now(pid) for name, pid in roots.items()}

    @staticmethod
    def _now(root):
        return {pid: _cpu_seconds(pid) for pid in family(root)}

    def read(self):
        return {name: sum(seconds - self._before[name].get(pid, 0.0) for pid, seconds in self._now(root).items())
                for name, root in self._roots.items()}


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
