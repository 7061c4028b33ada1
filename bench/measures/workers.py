"""One worker and two. The load generator shares the two cores with them, so what counts is not the rate but the CPU that a
request costs: two workers with the same CPU per request as one do twice the work on two cores of their own. There are so many
connections that a worker always finds several that are ready, as it does when it is busy."""

from cores import ALL, Meter
from load import wrk
from measures.hits import warm_weir

_CONNECTIONS = 256


def one_and_two(bench):
    target = "/v1/items/1"
    nodes = {str(count): warm_weir(bench.stage, target, "l1", cores=ALL, WEIR_WORKERS=str(count)) for count in (1, 2)}

    def measure(name, node):
        meter = Meter(cpu=node.child.pid)
        count, rate = wrk(node.port, target, bench.seconds, connections=_CONNECTIONS, cores=ALL)
        bench.seen(name, rate=rate, cpu_us=meter.read()["cpu"] / count * 1e6)
    try:
        bench.interleave(nodes, measure)
    finally:
        for node in nodes.values():
            node.stop()
    bench.found("scale", [2 * one / two for one, two in zip(bench.of("1", "cpu_us"), bench.of("2", "cpu_us"))])
