"""Nodes that only hear and acknowledge, as many as one likes: what the bus costs depends on how many there are, not on what
else they do. A process of its own: python3 fleet.py REDIS_SOCKET NAME… serves until its standard input ends."""

import re
import selectors
import socket
import sys

PASSWORD_LINE = "AUTH {}\r\n"
CHANNEL = b"weir:bus:{weir:v1}"
MESSAGE = re.compile(rb"\*3\r\n\$7\r\nmessage\r\n\$18\r\nweir:bus:\{weir:v1\}\r\n\$\d+\r\n(\d+) (\S+)[\s\S]*?\r\n(?=\*|$)")


def connect(path, password):
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    link.sendall(PASSWORD_LINE.format(password).encode())
    assert link.recv(64).startswith(b"+OK")
    return link


def publish(channel, text):
    return b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(channel), channel, len(text), text)


def serve(path, password, names):
    waiting = selectors.DefaultSelector()
    speaker = connect(path, password)
    waiting.register(speaker, selectors.EVENT_READ, None)
    waiting.register(sys.stdin, selectors.EVENT_READ, None)
    for name in names:
        ear = connect(path, password)
        ear.sendall(b"SUBSCRIBE " + CHANNEL + b"\r\n")
        waiting.register(ear, selectors.EVENT_READ, name.encode())
    print("listening", flush=True)
    while True:
        said = []
        for key, _ in waiting.select():
            if key.fileobj is sys.stdin:
                return
            received = key.fileobj.recv(65536)
            if key.data:
                said += [publish(CHANNEL + b":" + origin, key.data + b" " + number)
                         for number, origin in MESSAGE.findall(received)]
        if said:
            speaker.sendall(b"".join(said))


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], sys.stdin.readline().split())
