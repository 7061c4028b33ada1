"""What loads the servers: wrk for hits, weir_load for all that needs a pace or many keys, pgbench for Postgres alone."""

import json
import re
import subprocess

from cores import ALL, LOAD
from peers import built, program
from servers import POSTGRES_PASSWORD


def _run(argv, cores, **more):
    words = ",".join(map(str, sorted(cores)))
    done = subprocess.run(["taskset", "-c", words, *argv], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout


def wrk(port, target, seconds, connections=64, headers=(), cores=LOAD):
    """Requests answered, and how many a second."""
    words = [w for header in headers for w in ("-H", header)]
    # Its own time-out is for a hang; wrk reports it in words, not by its exit code.
    text = _run([program("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", *words,
                 f"http://127.0.0.1:{port}{target}"], cores)
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk {target}: {text}")
    count = int(re.search(r"(\d+) requests in", text).group(1))
    return count, float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))


def paced(ports, target, cores=LOAD, **options):
    """weir_load's own report."""
    ports = ports if isinstance(ports, (list, tuple)) else [ports]
    words = [built("weir_load"), "--port", ",".join(map(str, ports)), "--target", target]
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    return json.loads(_run(words, cores))


def pgbench(postgres, script, seconds, connections=16, cores=ALL):
    """Selects, and how many a second."""
    environment = {"PATH": "/usr/bin:/bin", "PGPASSWORD": POSTGRES_PASSWORD}
    text = _run([program("pgbench", "postgresql"), "-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-T", str(seconds),
                 "-f", script, "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "weir", "weir"], cores, env=environment)
    count = int(re.search(r"transactions actually processed: (\d+)", text).group(1))
    return count, float(re.search(r"tps = ([\d.]+)", text).group(1))
