"""Standard error as a reader that stalls leaves it: the service goes on, and no line is lost in silence."""

import http.client
import json
import os
import unittest

from case import ServiceCase, in_every_build
from node import run_weir
from processes import wait_for

GETS = 3000


class StalledReader:
    """A FIFO that is open for reading and is read only when a test says so."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._rest = b""
        self.lines = []

    def read(self):
        """All lines so far; each is whole JSON."""
        while True:
            try:
                part = os.read(self._end, 65536)
            except BlockingIOError:
                part = b""
            if not part:
                return self.lines
            *whole, self._rest = (self._rest + part).split(b"\n")
            self.lines += [json.loads(line) for line in whole]

    def close(self):
        os.close(self._end)


class Logs(ServiceCase):
    def setUp(self):
        super().setUp()
        self.reader = StalledReader(os.path.join(self.folder, "stalled.fifo"))
        self.addCleanup(self.reader.close)

    def get_often(self, node, count=GETS):
        """Over one connection, each answered in time."""
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=10)
        for _ in range(count):
            connection.request("GET", "/v1/products/p1")
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(200, answer.status)
        connection.close()

    @in_every_build
    def test_a_log_reader_that_stalls_delays_no_answer_and_every_line_is_there_or_counted(self):
        node = self.start_node(log_path=self.reader.path)
        self.get_often(node)
        dropped = node.metric("weir_log_lines_dropped_total")
        self.assertGreater(dropped, 0)

        def events(name):
            return [line for line in self.reader.read() if line["event"] == name]

        wait_for("the log says what was dropped", lambda: events("log_lines_dropped"), 10)
        wait_for("every line is there or counted", lambda: GETS <= sum(
            line["target"] == "/v1/products/p1" for line in events("request")) + sum(
            line["lines"] for line in events("log_lines_dropped")), 10)
        node.get("/v1/products/p2")
        wait_for("the log goes on", lambda: events("request")[-1]["target"] == "/v1/products/p2", 10)

    def test_a_log_reader_that_stalls_does_not_keep_the_process_from_ending(self):
        node = self.start_node(log_path=self.reader.path)
        self.get_often(node)
        self.assertEqual(0, node.stop(), "it ends in order and in time")

    def test_a_command_that_ends_by_itself_loses_no_line_of_its_output(self):
        broken = self.write_file("broken.toml", "".join(f"[resource.r{n}]\npath = 1\n" for n in range(400)))
        done = run_weir("check", "--config", broken, env=self.env())
        self.assertEqual(1, done.returncode)
        problems = int(done.stderr.splitlines()[-1].split()[0])
        self.assertGreaterEqual(problems, 400)
        self.assertEqual(problems, sum(line.startswith(broken) for line in done.stderr.splitlines()[:-1]))


if __name__ == "__main__":
    unittest.main()
