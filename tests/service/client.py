"""HTTP as a test wants it: one request and its whole answer, a raw socket, or a thousand at once."""

import asyncio
import http.client
import json
import socket
import time


class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body
        self.seconds = seconds

    def __getitem__(self, name):
        """A header, in any case; '' when it is absent."""
        return self.headers.get(name.lower(), "")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def cache(self):
        """Cache-Status without the name of the cache: 'hit; ttl=297; detail=l2' or 'fwd=miss; stored'."""
        return self["Cache-Status"].removeprefix("weir; ")

    @property
    def is_hit(self):
        return self.cache.split(";")[0] == "hit"

    def __repr__(self):
        return f"<{self.status} {self['Cache-Status']!r} {self.body[:300]!r} in {self.seconds:.3f} s>"


def request(port, method, target, headers=None, body=None, timeout=20.0):
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, response.getheaders(), content, time.monotonic() - started)
    finally:
        connection.close()


def get(port, target, **more):
    return request(port, "GET", target, **more)


def raw(port, data, timeout=10.0):
    """Sends bytes and returns everything until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


async def _read_answer(reader, started):
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = [tuple(line.split(": ", 1)) for line in lines]
    length = int({name.lower(): value for name, value in headers}.get("content-length", 0))
    body = await reader.readexactly(length)
    return Answer(int(first.split(" ")[1]), headers, body, time.monotonic() - started)


async def _open_all(ports, count):
    """In small groups, so that no listening socket's queue runs over."""
    opened = []
    for start in range(0, count, 50):
        opened += await asyncio.gather(*(asyncio.open_connection("127.0.0.1", ports[n % len(ports)])
                                         for n in range(start, min(count, start + 50))))
    return opened


async def _get_at_once(ports, targets, timeout):
    connections = await _open_all(ports, len(targets))
    started = time.monotonic()
    for (_, writer), target in zip(connections, targets):
        writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answers = await asyncio.wait_for(
        asyncio.gather(*(_read_answer(reader, started) for reader, _ in connections)), timeout)
    for _, writer in connections:
        writer.close()
    return answers


def get_at_once(ports, targets, timeout=60.0):
    """All connections are open before the first request is sent; targets go to the ports in turn."""
    return asyncio.run(_get_at_once(ports, targets, timeout))
