"""What an idle keep-alive connection costs: the growth of Weir's resident memory over ten thousand of them, each of which has
asked for something once. The kernel's part of a socket is not in it; it is the same for every server."""

import socket

from cores import resident_bytes
from measures.hits import warm_weir

_CONNECTIONS = 10_000
_REQUEST = b"GET /v1/items/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connections(bench):
    """Each round in a new process: memory that was used once need not grow again."""
    def measure(_name, _server):
        weir = warm_weir(bench.stage, "/v1/items/1", "l1")
        opened = []
        try:
            opened += [_ask(weir.port) for _ in range(100)]  # what the process needs once is not counted
            before = resident_bytes(weir.child.pid)
            opened += [_ask(weir.port) for _ in range(_CONNECTIONS)]
            bench.seen("weir", kib=(resident_bytes(weir.child.pid) - before) / _CONNECTIONS / 1024)
        finally:
            for each in opened:
                each.close()
            weir.stop()
    bench.interleave({"weir": None}, measure, rounds=3)
    bench.found("bytes", bench.of("weir", "kib"))


def _ask(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(_REQUEST)
    received = b""
    while len(received.partition(b"\r\n\r\n")[2]) < 1024:
        received += connection.recv(65536)
    return connection
